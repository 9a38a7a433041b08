import type { GraphQLError } from 'graphql';
import { type GraphqlLimits, overLimit, refusal } from './limits.js';

/** A recursive parser overflows the stack at some thousands. */
const MAX_NESTING = 200;

const HALF_OF_A_CHARACTER = /\p{Cs}/u;

export function sourceRefusal(source: string, limits: GraphqlLimits): GraphQLError | null {
  if (source.length * 3 > limits.graphqlMaxDocumentBytes) {
    const bytes = Buffer.byteLength(source);
    if (bytes > limits.graphqlMaxDocumentBytes) return overLimit(limits, 'graphqlMaxDocumentBytes', bytes);
  }
  // Apollo Server caches documents by a hash of their bytes, where all lone surrogates are equal.
  if (HALF_OF_A_CHARACTER.test(source)) {
    return refusal('GRAPHQL_PARSE_FAILED', 'The document contains a lone surrogate.');
  }
  if (source.length <= MAX_NESTING) return null;
  if (source.length <= limits.graphqlMaxTokens && !hasManyBrackets(source)) return null;
  const { tokens, nesting } = survey(source, limits.graphqlMaxTokens);
  if (nesting > MAX_NESTING) {
    const message = `The document is nested more than ${MAX_NESTING} levels deep.`;
    return refusal('GRAPHQL_PARSE_FAILED', message, { limit: MAX_NESTING, found: nesting });
  }
  return tokens > limits.graphqlMaxTokens ? overLimit(limits, 'graphqlMaxTokens', tokens) : null;
}

function hasManyBrackets(source: string): boolean {
  let left = MAX_NESTING;
  for (let at = 0; at < source.length; at += 1) {
    if (isOpening(source.charCodeAt(at))) left -= 1;
    if (left < 0) return true;
  }
  return false;
}

const code = (character: string) => character.charCodeAt(0);
const [QUOTE, BACKSLASH, HASH, LINE_FEED, RETURN] = ['"', '\\', '#', '\n', '\r'].map(code);
const [BRACE, BRACKET, PARENTHESIS] = ['{', '[', '('].map(code);
const CLOSING: ReadonlySet<number> = new Set(['}', ']', ')'].map(code));
const BETWEEN: ReadonlySet<number> = new Set(['\t', ' ', ',', '\n', '\r', '\ufeff'].map(code));
const WORD: ReadonlySet<number> = new Set(
  [...'0123456789_+-.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].map(code),
);

function survey(source: string, mostTokens: number): { tokens: number; nesting: number } {
  let [tokens, depth, nesting] = [0, 0, 0];
  for (let at = 0; at < source.length; ) {
    const character = source.charCodeAt(at);
    if (BETWEEN.has(character)) {
      at += 1;
      continue;
    }
    tokens += 1;
    if (isOpening(character)) {
      depth += 1;
      nesting = Math.max(nesting, depth);
    } else if (CLOSING.has(character)) depth -= 1;
    if (tokens > mostTokens || nesting > MAX_NESTING) break;
    at = endOfToken(source, at, character);
  }
  return { tokens, nesting };
}

function endOfToken(source: string, start: number, first: number): number {
  if (first === QUOTE)
    return source.startsWith('"""', start) ? endOfBlock(source, start) : endOfString(source, start);
  let at = start + 1;
  if (first === HASH) {
    while (at < source.length && !isLineEnd(source.charCodeAt(at))) at += 1;
  } else if (WORD.has(first)) {
    while (at < source.length && WORD.has(source.charCodeAt(at))) at += 1;
  }
  return at;
}

const isOpening = (character: number) =>
  character === BRACE || character === PARENTHESIS || character === BRACKET;
const isLineEnd = (character: number) => character === LINE_FEED || character === RETURN;

function endOfString(source: string, start: number): number {
  let at = start + 1;
  while (at < source.length) {
    const character = source.charCodeAt(at);
    if (character === QUOTE) return at + 1;
    if (isLineEnd(character)) return at;
    at += character === BACKSLASH ? 2 : 1;
  }
  return at;
}

function endOfBlock(source: string, start: number): number {
  let at = start + 3;
  for (;;) {
    const end = source.indexOf('"""', at);
    if (end === -1) return source.length;
    if (source.charCodeAt(end - 1) !== BACKSLASH) return end + 3;
    at = end + 3;
  }
}
