import { uuidv7 } from 'uuidv7';

/** A new UUIDv7. */
export const newUuid: () => string = uuidv7;

/** A new UUIDv7, and the time in it: a row's createdAt is its id's own time, so that order by id is order by creation. */
export function newId(): { id: string; createdAt: Date } {
  const id = newUuid();
  return { id, createdAt: timeOfId(id) };
}

/** The time in an id that newId made. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
