import { GraphQLError } from 'graphql';
import { Refusal, type UserErrorData } from '../foundation/refusal.js';
import { type IdType, uuidOf } from './ids.js';

const QUOTED = 60;

export function badUserInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

export function cut(value: string): string {
  if (value.length <= QUOTED) return value;
  return `${[...value.slice(0, 2 * QUOTED)].slice(0, QUOTED).join('')}…`;
}

export function quote(value: string): string {
  return JSON.stringify(cut(value));
}

/** @throws BAD_USER_INPUT for a malformed id or an id of another type */
export function uuidArgument(type: IdType, id: string, argument: string): string {
  const uuid = uuidOf(type, id);
  if (uuid === null)
    throw badUserInput(`${argument}: ${quote(id)} is not an id of a ${type.replaceAll('_', ' ')}.`);
  return uuid;
}

export function badInputIf([error]: UserErrorData[]): void {
  if (error !== undefined) throw badUserInput(`${error.path?.join('.')}: ${error.message}`);
}

export async function notFound<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new GraphQLError(error.message, { extensions: { code: 'NOT_FOUND' } });
  }
}
