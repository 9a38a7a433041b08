import { uuidv7obj } from 'uuidv7';

/** A new UUIDv7, and the time in it: a row's createdAt is its id's own time, so that order by id is order by creation. */
export function newId(): { id: string; createdAt: Date } {
  const uuid = uuidv7obj();
  const milliseconds = Number.parseInt(uuid.toHex().slice(0, 12), 16);
  return { id: uuid.toString(), createdAt: new Date(milliseconds) };
}

/** The time in an id that newId made. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
