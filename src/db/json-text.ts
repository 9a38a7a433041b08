import { randomUUID } from 'node:crypto';

/** Stands for a text in what JSON.stringify writes; no client's string can hold it, for nobody knows it. */
const MARK = randomUUID();
const MARK_IN_JSON = JSON.stringify(MARK);

/** The texts of the answer that is being written, in the order in which they stand in it. */
let texts: string[] | null = null;

/**
 * A JSON value as the database wrote it. What is only passed on to a client is not taken apart and put together again:
 * that costs more than all else about a row with a large object.
 */
export class JsonText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  /** The value for JSON.stringify; in jsonText a mark, where the text itself comes in the end. */
  toJSON(): unknown {
    if (texts === null) return JSON.parse(this.#text);
    texts.push(this.#text);
    return MARK;
  }
}

/** What JSON.stringify makes of the value, but for the spaces in what the database wrote. */
export function jsonText(value: unknown): string {
  const found: string[] = [];
  texts = found;
  let written: string;
  try {
    written = JSON.stringify(value);
  } finally {
    texts = null;
  }
  if (found.length === 0) return written;
  const parts = written.split(MARK_IN_JSON);
  let whole = parts[0] ?? '';
  for (const [index, text] of found.entries()) whole += text + parts[index + 1];
  return whole;
}

/** Values, and hundreds of characters, that are written at a stretch. */
const SMALL = 500;
/** Milliseconds of writing, after which others come first. */
const STRETCH = 5;

/** The same for an answer that may be large: written in pieces, with a pause between them where it takes long. */
export async function jsonTextInPieces(
  value: unknown,
  pause: () => Promise<void> | undefined,
): Promise<string> {
  let text = '';
  let began = performance.now();
  for (const piece of piecesOf(value)) {
    text += piece;
    if (performance.now() - began < STRETCH) continue;
    await pause();
    began = performance.now();
  }
  return text;
}

function* piecesOf(value: unknown): Generator<string> {
  if (
    typeof value !== 'object' ||
    value === null ||
    value instanceof JsonText ||
    sizeOf(value, SMALL) < SMALL
  ) {
    yield jsonText(value) ?? 'null';
    return;
  }
  const isList = Array.isArray(value);
  let separator = isList ? '[' : '{';
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined && !isList) continue;
    yield isList ? separator : `${separator}${JSON.stringify(name)}:`;
    yield* piecesOf(member);
    separator = ',';
  }
  const isEmpty = separator !== ',';
  yield isList ? (isEmpty ? '[]' : ']') : isEmpty ? '{}' : '}';
}

/** About how much there is to write, as far as it is less than the limit. */
function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string' || value instanceof JsonText) return 1 + value.length / 100;
  if (typeof value !== 'object' || value === null) return 1;
  let size = 1;
  for (const member of Object.values(value)) {
    if (size >= limit) break;
    size += sizeOf(member, limit - size);
  }
  return size;
}
