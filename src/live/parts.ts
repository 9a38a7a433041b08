import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogPosition } from '../changes/change.queries.js';
import { comparePositions } from '../changes/log-position.js';
import type { Frame, Subscription } from './audience.js';
import type { Batch } from './batch.js';
import { judgingPoints } from './charges.js';

/** Bytes of frames that are there at once, and one frame more. */
const PART_BYTES = 262_144;
/** Changes that are answered at once at first, and the points that they may come to at most. */
const FIRST_CHANGES = 25;
const MOST_POINTS = 2_000;

const NOTHING = Buffer.alloc(0);

/** Some frames, and the place in the log up to which there are no others. */
export interface Part {
  frames: Frame[];
  end: LogPosition;
}

/**
 * The frames of what a batch has behind a place, part by part: only so much is judged, answered and written out at once as
 * is sent then, with a turn of the event loop between. `pay` is asked for each piece of work, and ends it with false.
 */
export async function* partsOf(
  subscription: Subscription,
  batch: Batch,
  from: LogPosition,
  pay: (points: number) => boolean,
): AsyncGenerator<Part, void, undefined> {
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
      const place = { label, seq };
      try {
        const payload = answers[index]?.() ?? NOTHING;
        frames.push({ place, payload });
        bytes += payload.length;
        total += payload.length;
      } catch (error) {
        // What came before it is delivered all the same.
        const last = frames.at(-1);
        if (last !== undefined) yield { frames, end: last.place };
        throw error;
      }
      if (bytes < PART_BYTES || index === selected.length - 1) continue;
      yield { frames, end: place };
      await nextTurn();
      frames = [];
      bytes = 0;
    }
    const { label, seq } = slice.at(-1) ?? from;
    yield { frames, end: { label, seq } };
    count = total > PART_BYTES ? Math.max(1, count >> 1) : Math.min(most, 2 * count);
  }
}
