import { randomUUID } from 'node:crypto';

/** Unguessable, so no client's string contains it. */
const MARK = randomUUID();
const MARK_IN_JSON = JSON.stringify(MARK);

let found: JsonText[] | null = null;

/**
 * Stays text: parsing and writing a large object costs more than the rest of its row, and takes many times the memory.
 * The text is canonical: no blanks, members in jsonb's order, numbers as JSON.stringify writes them.
 */
export class JsonText {
  #text: string;
  #isWritten = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** As it was given, or canonical once it has been written. */
  get text(): string {
    return this.#text;
  }

  get length(): number {
    return this.#text.length;
  }

  static of(value: unknown): JsonText {
    return JsonText.made(spelled(value));
  }

  /** Of text that is compact already. */
  static made(text: string): JsonText {
    const made = new JsonText(text);
    made.#isWritten = true;
    return made;
  }

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

  toJSON(): unknown {
    if (found === null) return this.value;
    found.push(this);
    return MARK;
  }
}

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

const scratch = Buffer.allocUnsafeSlow(65_536);
const MOST_BYTES = 3;
const EXACT_DIGITS = 15;

/** Null if a number differs from what JSON.stringify writes. */
function compact(text: string): string | null {
  const { bytes, end } = utf8Of(text);
  const to = compactBytes(bytes, 0, end, 0);
  return to === null ? null : bytes.toString('utf8', 0, to);
}

/** The bytes are those of all texts, and hold only until the next call. */
export function utf8Of(text: string): { bytes: Buffer; end: number } {
  if (text.length * MOST_BYTES <= scratch.length) return { bytes: scratch, end: scratch.write(text) };
  const bytes = Buffer.from(text);
  return { bytes, end: bytes.length };
}

/**
 * Writes the JSON that stands from `from` to `end` compactly to `to`, which may not be after `from`. Returns where that
 * ends; null if a number differs from what JSON.stringify writes. On bytes: a fifth of the time of JSON.parse and
 * JSON.stringify, and an answer has hundreds.
 */
export function compactBytes(bytes: Buffer, from: number, end: number, to: number): number | null {
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
  return to;
}

/** If a fraction ends in zeros, or is small enough for an exponent. */
const mayDiffer = (bytes: Buffer, start: number, end: number) =>
  bytes[end - 1] === ZERO || bytes[start + 2] === ZERO || bytes[start] === MINUS;

function spelled(value: unknown): string {
  if (isInOrder(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spelled).join(',')}]`;
  const members = Object.entries(value as object).sort(([one], [other]) => keyOrder(one, other));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${spelled(member)}`).join(',')}}`;
}

/** Values from jsonb are, except for integer-like keys such as "1". */
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

/** jsonb's order: shorter keys first, then by UTF-8 bytes. */
function keyOrder(one: string, other: string): number {
  const [length, others] = [Buffer.byteLength(one), Buffer.byteLength(other)];
  if (length !== others) return length - others;
  // UTF-16 and UTF-8 order differ outside ASCII.
  if (length !== one.length || length !== other.length) return Buffer.from(one).compare(Buffer.from(other));
  return one < other ? -1 : 1;
}
