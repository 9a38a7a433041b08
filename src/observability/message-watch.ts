import type { Logger } from 'pino';
import type { ProcessedMessage } from '../vendors/inbound/message-worker.service.js';
import type { Metrics } from './metrics.js';

const FAILED: ReadonlySet<string | null> = new Set(['FAILED', 'REFUSED', 'UNMATCHED', 'UNRECOGNISED']);

/** A log line and a count for each try of a vendor's message. */
export function messageWatch({ log, metrics }: { log: Logger; metrics: Metrics }) {
  return ({ message, account, settlement, milliseconds }: ProcessedMessage): void => {
    const { state, reason, verified, callId } = settlement;
    // It waits for the account's rate, or for another gateway.
    if (state === null) return;
    const system = account?.system ?? 'OTHER';
    metrics.countMessage({ system, state }, milliseconds / 1000);
    log[FAILED.has(state) ? 'warn' : 'info'](
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
  };
}
