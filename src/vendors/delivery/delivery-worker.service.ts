import type { Database } from '../../db/database.js';
import type { DeliveryRow } from '../../db/tables/deliveries.js';
import { type Attempt, ClaimWorker } from '../claim-worker.service.js';
import { claimDeliveries, discardOfDeleted, type Settled, settleDelivery } from './delivery.store.js';
import type { Settlement } from './delivery-failure.js';
import { type SenderDependencies, type Sent, sendDelivery } from './delivery-sender.service.js';

/** The gateway has ended the try, which says nothing of the vendor. */
const CUT: Settlement = {
  state: 'RETRYING',
  verdict: 'NONE',
  error: 'The gateway stopped during the try.',
  delay: 0,
};

/** An organization has at most 64 of all gateways' together: see claim_deliveries. */
const MOST_AT_ONCE = 128;
/** Milliseconds. */
const SWEEP_INTERVAL = 60_000;

export interface Tried extends Sent {
  delivery: DeliveryRow;
  settled: Settled;
  milliseconds: number;
}

export interface DeliveryWorkerOptions {
  database: Database;
  sender: SenderDependencies;
  tried(result: Tried): void;
  failed(error: unknown): void;
}

/** Sends deliveries while there are accounts. */
export class DeliveryWorker extends ClaimWorker<DeliveryRow> {
  constructor({ database, sender, tried, failed }: DeliveryWorkerOptions) {
    super({
      database,
      wakesOnCommit: true,
      mostAtOnce: MOST_AT_ONCE,
      sweepInterval: SWEEP_INTERVAL,
      sweep: () => discardOfDeleted(database.db),
      claim: (claim, lease, most) => claimDeliveries(database.db, claim, lease, most),
      attempt: async (delivery, { signal, isCut, settle }: Attempt) => {
        const startedAt = performance.now();
        const { settlement, account } = await sendDelivery(sender, delivery, signal);
        const sent = { account, settlement: isCut() && settlement.verdict === 'FAILED' ? CUT : settlement };
        const settled = await settle(() => settleDelivery(database, delivery, sent.settlement));
        tried({ ...sent, delivery, settled, milliseconds: performance.now() - startedAt });
      },
      failed,
    });
  }
}
