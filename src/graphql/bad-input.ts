import { GraphQLError } from 'graphql';
import { Refusal, type UserErrorData } from '../refusal.js';
import { type IdType, uuidOf } from './ids.js';

const QUOTED = 60;

/** A GraphQL error BAD_USER_INPUT: the request itself is malformed, as opposed to a refused mutation. */
export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** A client's text for use in a message: cut, so that no message echoes a whole body. */
export function cut(value: string): string {
  if (value.length <= QUOTED) return value;
  // By characters, lest half of one be left at the end.
  return `${[...value.slice(0, 2 * QUOTED)].slice(0, QUOTED).join('')}…`;
}

/** The same in quotes, with control characters escaped. */
export function quote(value: string): string {
  return JSON.stringify(cut(value));
}

/** The uuid in an id argument of a query; BAD_USER_INPUT for a malformed id or one of another type. */
export function uuidArgument(type: IdType, id: string, argument: string): string {
  const uuid = uuidOf(type, id);
  if (uuid === null)
    throw badUserInput(`${argument}: ${quote(id)} is no id of a ${type.replaceAll('_', ' ')}.`);
  return uuid;
}

/** The checks of mutations' inputs, for queries' arguments: the first error as BAD_USER_INPUT. */
export function badInputIf([error]: UserErrorData[]): void {
  if (error !== undefined) throw badUserInput(`${error.path?.join('.')}: ${error.message}`);
}

/** A refusal because there is no such record, as a GraphQL error NOT_FOUND: for what has no payload and cannot be null. */
export async function notFound<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new GraphQLError(error.message, { extensions: { code: 'NOT_FOUND' } });
  }
}
