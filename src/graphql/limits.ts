/** Lexical tokens of a document: Apollo Router's limit. */
export const MAX_TOKENS = 15_000;

/** Open brackets at once. A parser that descends by recursion would overflow the stack at some thousands. */
const MAX_NESTING = 200;

const [BRACE, BRACKET, PARENTHESIS] = ['{', '[', '('].map((bracket) => bracket.charCodeAt(0));

/** A string, a block string or a comment, in which brackets do not count; or a bracket. */
const TOKEN = /"""(?:\\"""|[\s\S])*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n\r]*|[[\]{}()]/g;

/** True when a document is nested deeper than anybody writes, judged without parsing it. */
export function isNestedTooDeeply(source: string): boolean {
  if (!hasManyBrackets(source)) return false;
  let depth = 0;
  for (const [token] of source.matchAll(TOKEN)) {
    if (token === '{' || token === '[' || token === '(') depth += 1;
    else if (token === '}' || token === ']' || token === ')') depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}

/** Whether it is worth a closer look: hardly any document has so many brackets at all. */
function hasManyBrackets(source: string): boolean {
  let left = MAX_NESTING;
  for (let at = source.length > MAX_NESTING ? 0 : source.length; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    if (code === BRACE || code === BRACKET || code === PARENTHESIS) left -= 1;
    if (left < 0) return true;
  }
  return false;
}

export const TOO_DEEP = `The document is nested more than ${MAX_NESTING} levels deep`;
