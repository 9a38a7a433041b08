import { JsonText, jsonText } from './json-text.js';

/** Values, plus characters / 100. */
const SMALL = 500;
/** Milliseconds. */
const STRETCH = 5;

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
