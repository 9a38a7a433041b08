/** Lexical tokens of a document: Apollo Router's limit. */
export const MAX_TOKENS = 15_000;

/** Open brackets at once. A parser that descends by recursion would overflow the stack at some thousands. */
const MAX_NESTING = 200;

/** A string, a block string or a comment, in which brackets do not count; or a bracket. */
const TOKEN = /"""(?:\\"""|[\s\S])*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n\r]*|[[\]{}()]/g;

/** True when a document is nested deeper than anybody writes, judged without parsing it. */
export function isNestedTooDeeply(source: string): boolean {
  let depth = 0;
  for (const [token] of source.matchAll(TOKEN)) {
    if (token === '{' || token === '[' || token === '(') depth += 1;
    else if (token === '}' || token === ']' || token === ')') depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}

export const TOO_DEEP = `The document is nested more than ${MAX_NESTING} levels deep`;
