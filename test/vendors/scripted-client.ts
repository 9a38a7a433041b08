import {
  type VendorAnswer,
  type VendorClient,
  VendorRefusal,
  type VendorRequest,
} from '../../src/vendors/request/vendor-client.js';
import type { ConnectedAccount, OutgoingDelivery } from '../../src/vendors/vendor.js';

export interface ScriptedClient extends VendorClient {
  /** What it was asked, without the headers. */
  readonly requests: Omit<VendorRequest, 'headers'>[];
  readonly headers: Readonly<Record<string, string>>[];
}

type Step = { status?: number; body?: unknown; text?: string } | Error;

/** Gives these answers, in this order, and refuses more requests. */
export function scripted(...steps: Step[]): ScriptedClient {
  const requests: ScriptedClient['requests'] = [];
  const headers: Readonly<Record<string, string>>[] = [];
  return {
    requests,
    headers,
    async send({ headers: given = {}, ...request }): Promise<VendorAnswer> {
      // As it is on the wire.
      requests.push(JSON.parse(JSON.stringify(request)));
      headers.push(given);
      const step = steps[requests.length - 1];
      if (step === undefined) throw new Error(`unexpected ${request.method} ${request.path}`);
      if (step instanceof Error) throw step;
      const { status = 200, body, text = '' } = step;
      if (status >= 400) throw refusal(status, text);
      return { status, headers: {}, body, requestId: `request-${requests.length}` };
    },
  };
}

export const refusal = (status: number, text = '') =>
  new VendorRefusal({ status, text, retryAfter: null, requestId: `refusal-${status}` });

export const account = (change: Partial<ConnectedAccount> = {}): ConnectedAccount => ({
  organizationId: 'organization',
  id: 'account',
  name: 'main',
  baseUrl: 'https://vendor.example',
  settings: {},
  secrets: {},
  secretsVersion: '1',
  ...change,
});

export const delivery = (change: Partial<OutgoingDelivery>): OutgoingDelivery => ({
  id: 'delivery',
  kind: 'METADATA',
  attempt: 1,
  isRepeated: false,
  call: { id: 'call', status: 'IN_PROGRESS', workspaceId: null, channelId: null },
  references: [],
  metadata: {},
  event: null,
  voiceCall: null,
  flow: null,
  ...change,
});
