import type { Logger } from 'pino';
import type { ProcessedMessage } from '../vendors/inbound/message-worker.service.js';
import type { ReadUpdates } from '../vendors/inbound/updates-worker.service.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';

/** What an operator may have to look at; the rest is for the organization. */
const WARNINGS: ReadonlySet<string> = new Set(['FAILED', 'REFUSED']);

interface Watchers {
  log: Logger;
  metrics: Metrics;
  tracing: Tracing | null;
}

/** A log line, a count and a span for each try of a vendor's message, and a line for updates that have changed something. */
export function messageWatch({ log, metrics, tracing }: Watchers) {
  const processed = ({ message, account, settlement, milliseconds }: ProcessedMessage): void => {
    const { state, reason, verified, callId } = settlement;
    // It waits for the account's rate, or for another gateway.
    if (state === null) return;
    const system = account?.system ?? 'OTHER';
    metrics.countMessage({ system, state }, milliseconds / 1000);
    log[WARNINGS.has(state) ? 'warn' : 'info'](
      {
        message: message.id,
        organization: message.organizationId,
        account: account?.name,
        call: callId,
        system,
        state,
        verified,
        attempt: message.attempts,
        duration: Math.round(milliseconds * 100) / 100,
        ...(reason !== null && { reason }),
      },
      'inbound message',
    );
    tracing?.recordMessage({
      ...{ system, state, callId, milliseconds, organizationId: message.organizationId },
      ...{ messageId: message.id, attempt: message.attempts, isVerified: verified },
      hasFailed: state === 'FAILED',
    });
  };
  const updatesRead = ({ account, records, changed, problem }: ReadUpdates): void => {
    if (changed === 0 && problem === null) return;
    const { organizationId, name, system } = account;
    const fields = { organization: organizationId, account: name, system, records, changed };
    log[problem === null ? 'info' : 'warn'](
      { ...fields, ...(problem !== null && { reason: problem }) },
      "the vendor's updates were read",
    );
  };
  return { processed, updatesRead };
}
