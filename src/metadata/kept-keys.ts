import { JsonText } from '../foundation/json-text.js';

type Metadata = JsonText | Record<string, unknown>;

/** The members with these keys. Of a text, the members' own text: nothing is parsed. */
export function keptKeys(metadata: Metadata, keys: ReadonlySet<string>): Metadata {
  if (metadata instanceof JsonText) return new JsonText(keptText(metadata.text, keys));
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => keys.has(key)));
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

function keptText(text: string, keys: ReadonlySet<string>): string {
  const kept: string[] = [];
  let depth = 0;
  let begin = 0;
  let key: string | null = null;
  const end = (at: number) => {
    if (key !== null && keys.has(key)) kept.push(text.slice(begin, at));
    key = null;
  };
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const last = endOfString(text, at);
      if (depth === 1 && key === null) {
        begin = at;
        key = stringOf(text.slice(at, last + 1));
      }
      at = last;
    } else if (OPENING.has(code)) depth += 1;
    else if (CLOSING.has(code)) {
      depth -= 1;
      if (depth === 0) end(at);
    } else if (code === COMMA && depth === 1) end(at);
  }
  return `{${kept.join(',')}}`;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
}

const stringOf = (quoted: string): string =>
  quoted.includes('\\') ? JSON.parse(quoted) : quoted.slice(1, -1);
