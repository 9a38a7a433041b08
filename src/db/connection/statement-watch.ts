import { LRUCache } from 'lru-cache';
import type { Account } from './account.js';

/** Has no parameters: the texts hold no values. */
export interface WatchedStatement {
  text: string;
  /** Of a statement that is prepared. */
  name: string | undefined;
  account: Account | null;
  /** Milliseconds that it waited for a connection. */
  waited: number;
}

/** The result is called at the end of the statement, with its error or null. */
export type StatementWatch = (statement: WatchedStatement) => (error: unknown) => void;

export interface StatementSummary {
  /** Few and without values, to group by. */
  name: string;
  operation: string;
}

const VERB = /^[\s(]*([a-z]+)/i;
const WRITE = /\b(insert|update|delete)\s+(?:into\s+|from\s+)?(?:only\s+)?"?[a-z_]/i;
const TABLES =
  /\b(?:insert\s+into|update|delete\s+from|from|join)\s+(?:only\s+)?(?:"?\w+"?\.)?"?(?!jsonb?_|unnest\b|lateral\b|generate_series\b)([a-z_]\w*)"?/gi;
const OWN_NAMES = /\b(\w+)"?\s*(?:\([^()]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s+)?\(/gi;
const CALLED = /^\s*select\s+([a-z_]\w*)\s*\(/i;
const summaries = new LRUCache<string, StatementSummary>({ max: 1_000 });

export function summaryOf({ text, name }: Pick<WatchedStatement, 'text' | 'name'>): StatementSummary {
  let summary = summaries.get(text);
  if (summary === undefined) {
    const verb = VERB.exec(text)?.[1]?.toUpperCase() ?? 'SQL';
    const operation = verb === 'WITH' ? (WRITE.exec(text)?.[1]?.toUpperCase() ?? 'SELECT') : verb;
    const target = tableIn(text) ?? CALLED.exec(text)?.[1];
    summary = { name: name ?? (target === undefined ? operation : `${operation} ${target}`), operation };
    summaries.set(text, summary);
  }
  return summary;
}

/** Not what the statement calls a part of its own. */
function tableIn(text: string): string | undefined {
  const own = new Set(Array.from(text.matchAll(OWN_NAMES), ([, name]) => name));
  return Array.from(text.matchAll(TABLES), ([, name]) => name).find((name) => !own.has(name));
}
