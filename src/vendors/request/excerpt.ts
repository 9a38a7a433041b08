import { canonicalKey } from '../../foundation/canonical-key.js';

const MOST_CHARACTERS = 300;
/** The rest is not looked at: what is shown is short, and masking a long text takes long. */
const MOST_READ = 16_384;
const MASK = '***';
/** Shorter ones are words of the vendor's, such as a status, more often than values of a person. */
const FEWEST_OF_VALUE = 9;

/** What may be shown of an answer's text: a line without secrets and without what was sent. */
export function excerpt(text: string, secrets: readonly string[], sent: unknown): string {
  const read = withoutEcho(text, sent).slice(0, MOST_READ);
  const shown = maskAll(read, [...secrets.flatMap(spellings), ...valuesIn(sent)]);
  return cut(shown.replaceAll(/[\p{C}\s]+/gu, ' ').trim());
}

/** Cutting between the halves of a character would leave a text that Postgres does not take. */
const cut = (text: string) =>
  text.length > MOST_CHARACTERS
    ? `${text.slice(0, MOST_CHARACTERS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
    : text;

/** Longer ones first: a secret may contain another. */
const maskAll = (text: string, hidden: readonly string[]) =>
  hidden
    .filter((value) => value !== '')
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, MASK), text);

function spellings(secret: string): string[] {
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), form];
}

/** Some vendors repeat the request, or the part of it that is wrong, in their answer. */
function withoutEcho(text: string, sent: unknown): string {
  const body = text.length > MOST_READ ? undefined : parsed(text);
  if (typeof body !== 'object' || body === null) return text;
  const echoes = new Set(containersIn(sent).map(canonicalKey));
  const isEcho = (value: unknown) =>
    typeof value === 'object' && value !== null && echoes.has(canonicalKey(value));
  try {
    return (
      JSON.stringify(body, (name, value) => (name === 'input' || isEcho(value) ? undefined : value)) ?? ''
    );
  } catch {
    // Nested too deeply to be searched.
    return '';
  }
}

/** Undefined if the text is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function containersIn(sent: unknown): object[] {
  if (typeof sent !== 'object' || sent === null) return [];
  const inner = Object.values(sent).flatMap(containersIn);
  return Object.keys(sent).length === 0 ? inner : [sent, ...inner];
}

function valuesIn(sent: unknown): string[] {
  if (typeof sent === 'string') return sent.length < FEWEST_OF_VALUE ? [] : spellings(sent);
  return typeof sent === 'object' && sent !== null ? Object.values(sent).flatMap(valuesIn) : [];
}
