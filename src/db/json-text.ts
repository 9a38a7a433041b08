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
