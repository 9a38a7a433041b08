import { uuidv7, V7Generator } from 'uuidv7';

export const newUuid: () => string = uuidv7;

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
