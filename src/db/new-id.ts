import { uuidv7, V7Generator } from 'uuidv7';

/** A new UUIDv7. */
export const newUuid: () => string = uuidv7;

/** A new UUIDv7, and the time in it: a row's createdAt is its id's own time, so that order by id is order by creation. */
export function newId(): { id: string; createdAt: Date } {
  const id = newUuid();
  return { id, createdAt: timeOfId(id) };
}

/**
 * The same, and greater than an id that was made before, by a gateway whose clock may be ahead. For what is made under a
 * lock, one at a time: order by id is then the order in which it was acknowledged.
 */
export function newIdAfter(last: string | null): { id: string; createdAt: Date } {
  const made = newId();
  if (last === null || made.id > last) return made;
  const createdAt = new Date(timeOfId(last).getTime() + 1);
  return { id: new V7Generator().generateOrResetWithTs(createdAt.getTime()).toString(), createdAt };
}

/** The time in an id that newId made. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
