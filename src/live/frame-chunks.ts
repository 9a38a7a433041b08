import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import type { ChangeBatch } from './change-batch.js';
import { judgingPoints } from './charges.js';
import type { Frame, SubscriptionHandle } from './subscription-handle.js';

const CHUNK_BYTES = 262_144;
const FIRST_CHANGES = 25;
const MOST_POINTS = 2_000;

const NOTHING = Buffer.alloc(0);

export interface FrameChunk {
  frames: Frame[];
  end: LogPosition;
}

export async function* frameChunks(
  subscription: SubscriptionHandle,
  batch: ChangeBatch,
  from: LogPosition,
  pay: (points: number) => boolean,
): AsyncGenerator<FrameChunk, void, undefined> {
  const { cost } = subscription;
  const judging = judgingPoints(subscription);
  const most = Math.max(1, Math.floor(MOST_POINTS / cost));
  const changes = batch.changes.filter((change) => comparePositions(change, from) > 0);
  let count = Math.min(FIRST_CHANGES, most);
  for (let at = 0; at < changes.length; ) {
    if (at > 0) await nextTurn();
    const slice = changes.slice(at, at + count);
    at += slice.length;
    const selected = batch.select(subscription, slice);
    if (!pay(slice.length * judging + selected.length * cost)) return;
    const answers = selected.length > 0 ? await subscription.answer(batch, selected) : [];
    let frames: Frame[] = [];
    let [bytes, total] = [0, 0];
    for (const [index, { label, seq }] of selected.entries()) {
      const position = { label, seq };
      try {
        const payload = answers[index]?.() ?? NOTHING;
        frames.push({ position, payload });
        bytes += payload.length;
        total += payload.length;
      } catch (error) {
        const last = frames.at(-1);
        if (last !== undefined) yield { frames, end: last.position };
        throw error;
      }
      if (bytes < CHUNK_BYTES || index === selected.length - 1) continue;
      yield { frames, end: position };
      await nextTurn();
      frames = [];
      bytes = 0;
    }
    const { label, seq } = slice.at(-1) ?? from;
    yield { frames, end: { label, seq } };
    count = total > CHUNK_BYTES ? Math.max(1, count >> 1) : Math.min(most, 2 * count);
  }
}
