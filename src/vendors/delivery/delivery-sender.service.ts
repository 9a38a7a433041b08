import { isTerminal } from '../../calls/call-status.js';
import type { DeliveryRow } from '../../db/tables/deliveries.js';
import type { VendorAccountRow } from '../../db/tables/vendor-accounts.js';
import type { Viewer } from '../../identity/viewer.js';
import { connector } from '../connector.js';
import type { VendorClient } from '../request/vendor-client.js';
import {
  type ConnectedAccount,
  type Learned,
  type Outcome,
  type OutgoingDelivery,
  PartlyDelivered,
  type Vendor,
} from '../vendor.js';
import { type Settlement, settlementOf } from './delivery-failure.js';
import { type LearnedStores, nameAccount, storeLearned } from './learned.service.js';
import type { Outgoing, ReadOutgoing } from './outgoing.queries.js';

export interface SenderDependencies extends LearnedStores {
  read: ReadOutgoing;
  vendorOf(system: VendorAccountRow['system']): Vendor;
  /** @throws SecretsLocked if no key opens the account's secrets */
  open(account: VendorAccountRow): Promise<ConnectedAccount>;
  clientOf(account: ConnectedAccount, signal: AbortSignal): VendorClient;
  /** Seconds. */
  callFlowExpiry: number;
  failed(error: unknown, delivery: DeliveryRow): void;
}

export interface Sent {
  settlement: Settlement;
  account: Pick<VendorAccountRow, 'id' | 'name' | 'system'> | null;
}

/** Sends a claimed delivery once. It never throws: what went wrong is in the settlement. */
export async function sendDelivery(
  dependencies: SenderDependencies,
  row: DeliveryRow,
  signal: AbortSignal,
): Promise<Sent> {
  const attempt = { kind: row.kind, attempt: row.attempts };
  let account: Sent['account'] = null;
  try {
    const outgoing = await dependencies.read(row);
    if (outgoing === null) throw new Error(`delivery ${row.id} has no account`);
    account = outgoing.account;
    const settlement =
      withoutRequest(row, outgoing, dependencies.callFlowExpiry) ??
      (await request(dependencies, row, outgoing, signal));
    return { settlement, account };
  } catch (error) {
    const settlement = settlementOf(error, attempt);
    if (settlement.verdict === 'NONE' && !signal.aborted) dependencies.failed(error, row);
    return { settlement, account };
  }
}

const unsent = (state: Settlement['state'], error: string): Settlement => ({ state, error, verdict: 'NONE' });

/** How a delivery ends that is not worth a request, or cannot be one yet. */
function withoutRequest(
  { kind, callId }: DeliveryRow,
  { account, call, isCertain, isSuperseded, age }: Outgoing,
  callFlowExpiry: number,
): Settlement | null {
  if (isSuperseded) return unsent('SUPERSEDED', 'A newer flow or a hang-up came before it was sent.');
  if (kind === 'CALL_FLOW') {
    if (call !== null && isTerminal(call.status)) return unsent('EXPIRED', 'The call has ended.');
    if (age > callFlowExpiry) return unsent('EXPIRED', `It was not sent within ${callFlowExpiry} s.`);
  }
  if (isCertain === null) return unsent('DISCARDED', `Another ${account.system} account has the call.`);
  if (!isCertain) {
    const what = callId === null ? 'event' : 'call';
    return unsent('INCOMPLETE', `It is not known which of the ${account.system} accounts has the ${what}.`);
  }
  return null;
}

async function request(
  dependencies: SenderDependencies,
  row: DeliveryRow,
  outgoing: Outgoing,
  signal: AbortSignal,
): Promise<Settlement> {
  const account = await dependencies.open(outgoing.account);
  const delivery = deliveryOf(row, outgoing);
  const vendor = dependencies.vendorOf(outgoing.account.system);
  const viewer = connector(account);
  const keep = (learned: Learned) => storeLearned(dependencies, viewer, delivery, learned);
  let outcome: Outcome;
  try {
    outcome = await vendor.deliver(delivery, account, dependencies.clientOf(account, signal));
  } catch (error) {
    if (!(error instanceof PartlyDelivered)) throw error;
    await keep(error.learned);
    throw error.cause;
  }
  if (outcome.state !== 'DELIVERED') return unsent(outcome.state, outcome.reason);
  const { learned = {} } = outcome;
  const problem = await keepDelivered(dependencies, row, outgoing, () => keep(learned), viewer);
  const isDifferent = outcome.difference !== undefined;
  const error = [outcome.difference, problem].filter((each) => each != null).join(' ');
  return {
    state: isDifferent ? 'DELIVERED_DIFFERENT' : 'DELIVERED',
    verdict: 'OK',
    error: error === '' ? null : error,
    requestId: outcome.requestId ?? null,
  };
}

/** Sent again, these would do something again: a message would be spoken twice. */
const ONCE: readonly DeliveryRow['kind'][] = ['CALL_FLOW', 'HANG_UP'];

/** Returns what could not be stored, or null. */
async function keepDelivered(
  { database, failed }: SenderDependencies,
  row: DeliveryRow,
  { account: { system }, references }: Outgoing,
  keep: () => Promise<string | null>,
  viewer: Viewer,
): Promise<string | null> {
  try {
    const problem = await keep();
    const isNamed = !references.some((each) => each.system === system && each.accountId === null);
    if (row.callId !== null && (!isNamed || row.kind === 'VOICE_CALL')) {
      await nameAccount(database, viewer, row.callId, system);
    }
    return problem && `What the vendor answered could not be stored: ${problem}`;
  } catch (error) {
    if (!ONCE.includes(row.kind)) throw error;
    failed(error, row);
    return 'What the vendor answered could not be stored.';
  }
}

function deliveryOf(row: DeliveryRow, outgoing: Outgoing): OutgoingDelivery {
  const { call, metadata, references, event, voiceCall, commands, isRepeated } = outgoing;
  return {
    id: row.id,
    kind: row.kind,
    attempt: row.attempts,
    isRepeated,
    call,
    references,
    metadata: row.kind === 'METADATA' ? metadata : {},
    event,
    voiceCall,
    flow: row.flowId === null ? null : { id: row.flowId, commands },
  };
}
