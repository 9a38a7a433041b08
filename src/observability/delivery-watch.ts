import type { Logger } from 'pino';
import type { Tried } from '../vendors/delivery/delivery-worker.service.js';
import type { Metrics } from './metrics.js';
import type { Tracing } from './tracing.js';

interface Watchers {
  log: Logger;
  metrics: Metrics;
  tracing: Tracing | null;
}

const FAILED = new Set(['RETRYING', 'DEAD']);

/** A log line, a count and a span for each try of a delivery. */
export function deliveryWatch({ log, metrics, tracing }: Watchers): (tried: Tried) => void {
  return ({ delivery, account, settlement, settled, milliseconds }) => {
    const state = settled.state ?? settlement.state;
    const system = account?.system ?? 'OTHER';
    const { id, organizationId, callId, kind, attempts, trace } = delivery;
    const hasFailed = FAILED.has(settlement.state);
    metrics.countDelivery({ system, kind, outcome: state }, milliseconds / 1000);
    log[hasFailed ? 'warn' : 'info'](
      {
        delivery: id,
        organization: organizationId,
        account: account?.name,
        call: callId,
        system,
        kind,
        state,
        attempt: attempts,
        duration: Math.round(milliseconds * 100) / 100,
        ...(settlement.requestId != null && { vendorRequestId: settlement.requestId }),
        ...(settlement.error !== null && { reason: settlement.error }),
      },
      'delivery',
    );
    if (settled.account_reason !== null) {
      const fields = { organization: organizationId, account: account?.name, system };
      if (settled.account_reason === '') log.warn(fields, 'the vendor account works again');
      else
        log.warn(
          { ...fields, reason: settled.account_reason },
          'the vendor account fails: its deliveries wait',
        );
    }
    tracing?.recordDelivery({
      kind,
      system,
      state,
      organizationId,
      deliveryId: id,
      callId,
      attempt: attempts,
      trace,
      milliseconds,
      hasFailed,
    });
  };
}
