import { randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';

/** The library's own draws eight words at a time, and a draw takes longer than all the rest of an id. */
const words = new Uint32Array(1_024);
let used = words.length;

const generator = new V7Generator({
  nextUint32() {
    if (used === words.length) {
      randomFillSync(words);
      used = 0;
    }
    return words[used++] as number;
  },
});

export const newUuid = (): string => generator.generate().toString();

export function newId(): { id: string; createdAt: Date } {
  const id = newUuid();
  return { id, createdAt: timeOfId(id) };
}

/**
 * A gateway with a faster clock may have made `last`. Under a lock, order by id is then the order of acknowledgement.
 */
export function newIdAfter(last: string | null): { id: string; createdAt: Date } {
  const made = newId();
  if (last === null || made.id > last) return made;
  const createdAt = new Date(timeOfId(last).getTime() + 1);
  return { id: new V7Generator().generateOrResetWithTs(createdAt.getTime()).toString(), createdAt };
}

export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}

/** No id of this time or a later one is before it. */
export function firstIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

export const FIRST_ID = firstIdAt(new Date(0));
