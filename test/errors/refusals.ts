import { getNamedType } from 'graphql';
import type { Names } from '../identity/world.js';
import type { Answer, Client } from '../support/gateway.js';
import type { Example } from './examples.js';
import { documentOf, focusOn, type Location, literalDocumentOf, type Path, put } from './locations.js';

/**
 * How a bad value is refused: `argument` with its own code and the argument's path (a UserError of a mutation, a
 * GraphQL error of a query); `coercion` as the whole request, because a scalar, enum or input object does not accept
 * it; `syntax` as the document, because GraphQL has no such text.
 */
type Manner = { by: 'argument'; code: string } | { by: 'coercion' } | { by: 'syntax' };

/** The longest answer to one bad value: a megabyte is not sent back. */
const LONGEST = 2_000;

const pathAsText = (path: Path) =>
  path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1);

export function userErrorsIn(payload: Answer['data']): { code: string; path: string[] | null }[] {
  return [payload].flat().flatMap((each) => each?.errors ?? []);
}

/** With errors in it; what has none refuses an argument with a GraphQL error. */
export const hasPayload = ({ operation, field }: Example): boolean =>
  operation === 'mutation' && field !== 'replayInboundMessages';

/** Why this is not a clear refusal, or null. */
function fault(
  example: Example,
  location: Location,
  answer: Answer,
  manner: Manner,
  isLiteral: boolean,
): string | null {
  const { status, data, errors } = answer;
  const text = JSON.stringify(answer);
  if (status >= 500 || text.includes('INTERNAL_SERVER_ERROR')) return 'a fault';
  if (text.length > LONGEST) return `${text.length} characters long`;
  const path = location.path.map(String);
  if (manner.by === 'argument' && hasPayload(example)) {
    const found = userErrorsIn(data?.[example.field]);
    const clear = found.some(
      (error: { code: string; path: string[] | null }) =>
        error.code === manner.code && error.path?.join('.') === path.join('.'),
    );
    return clear ? null : 'no UserError there';
  }
  const [error] = errors ?? [];
  if (error === undefined) return 'no error';
  if (manner.by === 'argument') {
    if (error.extensions.code !== 'BAD_USER_INPUT') return error.extensions.code;
    return error.message.includes(path.join('.')) ? null : 'the argument is not named';
  }
  if (status !== 400) return `HTTP ${status}`;
  if (data != null) return 'data beside it';
  if (manner.by === 'syntax')
    return error.extensions.code === 'GRAPHQL_PARSE_FAILED' ? null : error.extensions.code;
  if (!isLiteral) {
    if (error.extensions.code !== 'BAD_USER_INPUT') return error.extensions.code;
    const [argument = '', ...inner] = location.path;
    const named = error.message.includes(`"$${argument}"`);
    const placed =
      inner.length === 0 ||
      (errors ?? []).some(({ message }) => message.includes(`"${pathAsText(location.path)}`));
    return named && placed ? null : 'the argument is not named';
  }
  const { name } = getNamedType(location.type);
  const own = ['DateTime', 'Decimal', 'PhoneNumber', 'URL', 'JSONObject'].includes(name);
  const code = own ? 'BAD_USER_INPUT' : 'GRAPHQL_VALIDATION_FAILED';
  if (error.extensions.code !== code) return error.extensions.code;
  const named = (errors ?? []).some(({ message }) => message.startsWith(path.join('.')));
  return named ? null : 'the argument is not named';
}

/**
 * A bad value for a location, and how it must be refused as a variable and as a literal. Without a manner it is not
 * sent that way.
 */
export interface Bad {
  value: unknown;
  variable?: Manner;
  literal?: Manner;
}

export const refusedArgument = (value: unknown, code = 'INVALID'): Bad => ({
  value,
  variable: { by: 'argument', code },
  literal: { by: 'argument', code },
});

export const refusedCoercion = (value: unknown): Bad => ({
  value,
  variable: { by: 'coercion' },
  literal: { by: 'coercion' },
});

/** Sends a bad value at a location in both ways, and returns what was wrong with the answers. */
export async function faultsAt(
  client: Client,
  example: Example,
  names: Names,
  location: Location,
  bad: Bad,
): Promise<string[]> {
  const faults: string[] = [];
  const note = (way: string, found: string | null, answer: Answer) => {
    if (found === null) return;
    const shown = (JSON.stringify(bad.value) ?? '').slice(0, 40);
    faults.push(
      `${example.field} ${location.path.join('.')} = ${shown} as a ${way}: ${found}: ${JSON.stringify(answer).slice(0, 300)}`,
    );
  };
  const args = put(focusOn(example, example.args(names), location.path), location.path, bad.value);
  if (bad.variable) {
    const answer = await client.send(documentOf(example, args), args);
    note('variable', fault(example, location, answer, bad.variable, false), answer);
  }
  if (bad.literal) {
    const document = literalDocumentOf(example, args);
    const answer = await client.send(document);
    note('literal', fault(example, location, answer, bad.literal, true), answer);
  }
  return faults;
}
