import type { Viewer } from './viewer.js';

/** What has signed in. Names alone do not tell: a person and a key may bear the same one. */
export const ACTOR_TYPES = ['API_KEY', 'PERSON'] as const;
export type ActorType = (typeof ACTOR_TYPES)[number];

type Named = Pick<Viewer, 'name' | 'expiresAt'>;

/** Begins no name: neither a claim nor the name of a key has control characters. */
const PERSON = '\u0001';

export const actorTypeOf = ({ expiresAt }: Named): ActorType =>
  expiresAt === undefined ? 'API_KEY' : 'PERSON';

/**
 * Who does it, as the statements that write to the log are told: the name and its type in one text, which a trigger on
 * call_changes takes apart.
 */
export function actorOf(viewer: Named): string {
  return actorTypeOf(viewer) === 'PERSON' ? `${PERSON}${viewer.name}` : viewer.name;
}
