import { randomUUID } from 'node:crypto';

/** Stands for a text in what JSON.stringify writes; no client's string can hold it, for nobody knows it. */
const MARK = randomUUID();
const MARK_IN_JSON = JSON.stringify(MARK);

/** What stands in the answer that is being written, in its order. */
let found: JsonText[] | null = null;

/**
 * A JSON value that is only passed on to a client. It stays a text: taking it apart and putting it together again costs
 * more than all else about a row with a large object, and the value takes many times the memory of its text.
 *
 * A value has one spelling, wherever it comes from: without blanks, the members in the order that jsonb keeps them in, and
 * numbers as JSON.stringify writes them.
 */
export class JsonText {
  #text: string;
  #isWritten = false;

  /** @param text as Postgres writes a jsonb */
  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  static of(value: unknown): JsonText {
    const made = new JsonText(spelled(value));
    made.#isWritten = true;
    return made;
  }

  /** As an answer shows it. */
  get written(): string {
    if (!this.#isWritten) {
      this.#text = compact(this.#text) ?? spelled(JSON.parse(this.#text));
      this.#isWritten = true;
    }
    return this.#text;
  }

  get value(): unknown {
    return JSON.parse(this.#text);
  }

  /** The value for JSON.stringify; in jsonText a mark, where the text itself comes in the end. */
  toJSON(): unknown {
    if (found === null) return this.value;
    found.push(this);
    return MARK;
  }
}

/** What JSON.stringify makes of the value, with the texts in it as they are written. */
export function jsonText(value: unknown): string {
  const texts: JsonText[] = [];
  found = texts;
  let json: string;
  try {
    json = JSON.stringify(value);
  } finally {
    found = null;
  }
  if (texts.length === 0) return json;
  const parts = json.split(MARK_IN_JSON);
  let whole = parts[0] ?? '';
  for (const [index, { written }] of texts.entries()) whole += written + parts[index + 1];
  return whole;
}

const SPACE = 0x20;
const QUOTE = 0x22;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;

/** Most texts fit in here. */
const scratch = Buffer.allocUnsafeSlow(65_536);
/** A character of a string takes no more bytes than this in UTF-8. */
const MOST_BYTES = 3;
/** A decimal number of so few digits is the nearest to what it is read as. */
const EXACT_DIGITS = 15;

/**
 * The text of a jsonb without its blanks; null where a number in it is not as JSON.stringify writes it. Byte by byte, for
 * an answer has hundreds of texts: a fifth of what JSON.parse and JSON.stringify take.
 */
function compact(text: string): string | null {
  const isShort = text.length * MOST_BYTES <= scratch.length;
  const bytes = isShort ? scratch : Buffer.from(text);
  const end = isShort ? scratch.write(text) : bytes.length;
  let to = 0;
  let from = 0;
  while (from < end) {
    let byte = bytes[from++] as number;
    if (byte === SPACE) continue;
    bytes[to++] = byte;
    if (byte === QUOTE) {
      do {
        byte = bytes[from++] as number;
        bytes[to++] = byte;
        if (byte === BACKSLASH) bytes[to++] = bytes[from++] as number;
      } while (byte !== QUOTE);
    } else if (byte <= NINE && (byte >= ZERO || byte === MINUS)) {
      const start = to - 1;
      let hasPoint = false;
      for (; from < end; from += 1) {
        byte = bytes[from] as number;
        if (byte > NINE || byte < MINUS) break;
        if (byte === POINT) hasPoint = true;
        bytes[to++] = byte;
      }
      if (to - start > EXACT_DIGITS || (hasPoint && mayDiffer(bytes, start, to))) {
        const number = bytes.toString('latin1', start, to);
        if (number !== JSON.stringify(Number(number))) return null;
      }
    }
  }
  return bytes.toString('utf8', 0, to);
}

/** Whether a fraction ends with zeros, or is so small that it may have an exponent. */
const mayDiffer = (bytes: Buffer, start: number, end: number) =>
  bytes[end - 1] === ZERO || bytes[start + 2] === ZERO || bytes[start] === MINUS;

/** What `compact` makes of the value as jsonb. */
function spelled(value: unknown): string {
  if (isInOrder(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spelled).join(',')}]`;
  const members = Object.entries(value as object).sort(([one], [other]) => keyOrder(one, other));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${spelled(member)}`).join(',')}}`;
}

/** Whether all members in it stand in the order of jsonb, as most do: what was read from one does, but for keys like "1". */
function isInOrder(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isInOrder);
  let previous: string | null = null;
  for (const key of Object.keys(value)) {
    if (previous !== null && keyOrder(previous, key) > 0) return false;
    if (!isInOrder((value as Record<string, unknown>)[key])) return false;
    previous = key;
  }
  return true;
}

/** As jsonb has it: shorter keys first, else by their bytes, in UTF-8. */
function keyOrder(one: string, other: string): number {
  const [length, others] = [Buffer.byteLength(one), Buffer.byteLength(other)];
  if (length !== others) return length - others;
  // UTF-16 has another order than UTF-8, where not all is ASCII.
  if (length !== one.length || length !== other.length) return Buffer.from(one).compare(Buffer.from(other));
  return one < other ? -1 : 1;
}
