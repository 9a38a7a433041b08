import type { InboundMessageRow } from '../../db/tables/inbound-messages.js';
import { type Attempt, ClaimWorker } from '../claim-worker.service.js';
import {
  type ClaimedMessage,
  claimMessages,
  type MessageSettlement,
  settleMessage,
} from './inbound-message.store.js';
import { type Processed, type ProcessorDependencies, processMessage } from './message-processor.service.js';
import { withoutSignatures } from './signed-addresses.js';

const MOST_AT_ONCE = 64;

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
      sweepInterval: Number.POSITIVE_INFINITY,
      sweep: async () => {},
      claim: (claim, lease, most) => claimMessages(database.db, claim, lease, most),
      attempt: async (message, { signal, isCut, settle }: Attempt) => {
        const startedAt = performance.now();
        const { settlement: found, account, isSigned } = await processMessage(options, message, signal);
        const settlement = isCut() && found.state === 'FAILED' ? { ...found, state: null, delay: 0 } : found;
        const body = maskedBody(message, settlement);
        await settle(() => settleMessage(database, message, { ...settlement, isSigned, body }));
        processed({ message, account, settlement, isSigned, milliseconds: performance.now() - startedAt });
      },
      failed,
    });
  }
}

/**
 * Until a message is done its bytes stay: its signature may have to be checked again. One that is refused may be signed
 * with a key that the account gets later.
 */
function maskedBody({ body }: ClaimedMessage, { state, delay }: MessageSettlement): Buffer | null {
  if (state === null || state === 'REFUSED' || delay !== null) return null;
  const masked = withoutSignatures(body);
  return masked === body ? null : masked;
}
