import { sql } from 'drizzle-orm';
import { CallFlowService } from '../../../src/call-flows/call-flow.service.js';
import type { CallSystem } from '../../../src/calls/call.enums.js';
import { DEFAULTS } from '../../../src/config/config.js';
import type { Database } from '../../../src/db/database.js';
import { EventAdmissions } from '../../../src/events/event-admissions.service.js';
import { newUuid } from '../../../src/foundation/new-id.js';
import { IntakeService } from '../../../src/intake/intake.service.js';
import { burki } from '../../../src/vendors/burki/burki.js';
import type { DeliveryKind } from '../../../src/vendors/delivery/delivery.enums.js';
import { DeliveryWorker, type Tried } from '../../../src/vendors/delivery/delivery-worker.service.js';
import { outgoingQueries } from '../../../src/vendors/delivery/outgoing.queries.js';
import type { ConnectedAccount, Outcome, OutgoingDelivery } from '../../../src/vendors/vendor.js';
import { VoiceCallService } from '../../../src/voice-calls/voice-call.service.js';

export interface AccountGiven {
  organizationId: string;
  system: CallSystem;
  kinds: DeliveryKind[];
  name?: string;
  rate?: number;
  concurrency?: number;
  settings?: Record<string, unknown>;
}

/** An account without secrets, for workers whose vendors are scripted. */
export async function insertAccount(database: Database, given: AccountGiven): Promise<string> {
  const id = newUuid();
  const { organizationId, system, kinds, name = `account ${id}`, rate = 10_000, concurrency = 4 } = given;
  await database.db.execute(sql`
    insert into vendor_accounts (organization_id, id, system, name, base_url, settings, sends, receives, kinds,
      concurrency, base_rate, rate, created_at, updated_at)
    values (${organizationId}, ${id}, ${system}, ${name}, 'https://vendor.example',
      ${JSON.stringify(given.settings ?? {})}::text::jsonb, true, true, ${sql.param(kinds)}::text[], ${concurrency},
      ${rate}, ${rate}, now(), now())`);
  return id;
}

export type Script = (
  delivery: OutgoingDelivery,
  account: ConnectedAccount,
) => Promise<Outcome | undefined> | Outcome | undefined;

export interface ScriptedWorker {
  tried: Tried[];
  failures: unknown[];
  close(): Promise<void>;
}

/** A worker whose vendor of every system is the script; an answer of undefined is DELIVERED. */
export function openScriptedWorker(database: Database, script: Script, callFlowExpiry = 60): ScriptedWorker {
  const tried: Tried[] = [];
  const failures: unknown[] = [];
  const admissions = new EventAdmissions(database, DEFAULTS);
  const worker = new DeliveryWorker({
    database,
    sender: {
      database,
      intake: new IntakeService(admissions),
      voiceCalls: new VoiceCallService(database, admissions),
      callFlows: new CallFlowService(database),
      read: outgoingQueries(database.db),
      vendorOf: (system) => ({
        system,
        kinds: [],
        requestsPerSecond: 0,
        concurrency: 0,
        required: { settings: [], secrets: [] },
        secretLifetime: null,
        messages: burki.messages,
        calls: burki.calls,
        audio: () => null,
        deliver: async (delivery, account) => (await script(delivery, account)) ?? { state: 'DELIVERED' },
        test: async () => '',
      }),
      open: async ({ organizationId, id, name, baseUrl, settings }) => ({
        organizationId,
        id,
        name,
        baseUrl,
        settings,
        secrets: {},
        secretsVersion: '',
      }),
      clientOf: () => ({
        send: () => {
          throw new Error('a scripted vendor makes no requests');
        },
      }),
      callFlowExpiry,
      failed: (error) => void failures.push(error),
    },
    tried: (result) => void tried.push(result),
    failed: (error) => void failures.push(error),
  });
  worker.setNeeded(true);
  return { tried, failures, close: () => worker.close() };
}
