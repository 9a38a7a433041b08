import type { InboundMessageRow } from '../../db/tables/inbound-messages.js';
import { type Attempt, ClaimWorker } from '../claim-worker.service.js';
import { type ClaimedMessage, claimMessages, forgetBodies, settleMessage } from './inbound-message.store.js';
import { type Processed, type ProcessorDependencies, processMessage } from './message-processor.service.js';

const MOST_AT_ONCE = 64;
/** Milliseconds. */
const SWEEP_INTERVAL = 3_600_000;

export interface ProcessedMessage extends Processed {
  message: InboundMessageRow;
  milliseconds: number;
}

export interface MessageWorkerOptions extends ProcessorDependencies {
  processed(result: ProcessedMessage): void;
}

/** Applies the vendors' messages while there are accounts. Wake it when one is stored. */
export class MessageWorker extends ClaimWorker<ClaimedMessage> {
  constructor(options: MessageWorkerOptions) {
    const { database, processed, failed } = options;
    super({
      database,
      wakesOnCommit: false,
      mostAtOnce: MOST_AT_ONCE,
      sweepInterval: SWEEP_INTERVAL,
      sweep: () => forgetBodies(database.db),
      claim: (claim, lease, most) => claimMessages(database.db, claim, lease, most),
      attempt: async (message, { signal, isCut, settle }: Attempt) => {
        const startedAt = performance.now();
        const { settlement: found, account, isSigned } = await processMessage(options, message, signal);
        const settlement = isCut() && found.state === 'FAILED' ? { ...found, state: null, delay: 0 } : found;
        await settle(() => settleMessage(database, message, { ...settlement, isSigned }));
        processed({ message, account, settlement, isSigned, milliseconds: performance.now() - startedAt });
      },
      failed,
    });
  }
}
