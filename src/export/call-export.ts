import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { type Column, ExportColumns, type Form, isLong } from './export-columns.js';
import { type Node, type Rows, rowsOf } from './export-rows.js';

export interface CallExportQuestion {
  form: Form;
  /** As the client writes them: the schema checks both. */
  filter: unknown;
  orderBy: unknown;
  /** Names with commas between; all if absent. */
  columns: string | undefined;
}

interface Page {
  nodes: Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

interface PageData {
  calls: Page | null;
}

export interface PageAnswer {
  data?: PageData | null | undefined;
  errors?: readonly GraphQLFormattedError[] | undefined;
  /** Gives the memory of the answer back. */
  release(): void;
}

/** Executes one page's query in its own turn. */
export type AskPage = (query: string, variables: Record<string, unknown>) => Promise<PageAnswer>;

export interface ExportedPage {
  text: string;
  calls: number;
}

export class ExportRefused extends Error {
  readonly errors: readonly GraphQLFormattedError[];

  constructor(errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message ?? 'the export was refused');
    this.errors = errors;
  }
}

interface PageSizes {
  first: number;
  largest: number;
}

const SIZES: PageSizes = { first: 20, largest: 200 };
/** Where each call may have a megabyte. */
const SIZES_OF_LONG: PageSizes = { first: 1, largest: 16 };
/** Characters that a page is to have about. */
const PAGE = 500_000;
/** What passes by itself. */
const PASSING = new Set(['OVERLOADED', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE']);
const TRIES = 60;
/** Milliseconds that a rate refuses the next page for. */
const LONG_WAIT = 10_000;
const TOO_LARGE = 'ANSWER_TOO_LARGE';

/** Reads the list `calls` page by page: each is a query like a client's own, so that none holds the log or a connection. */
export class CallExport {
  readonly rows: Rows;
  readonly #query: string;
  readonly #question: CallExportQuestion;
  readonly #sizes: PageSizes;

  /** @throws WrongColumn */
  constructor(schema: GraphQLSchema, question: CallExportQuestion) {
    const all = new ExportColumns(schema);
    const columns: Column[] =
      question.columns === undefined ? all.defaults(question.form) : all.chosen(question.columns);
    this.#question = question;
    this.#sizes = columns.some(isLong) ? SIZES_OF_LONG : SIZES;
    this.rows = rowsOf(question.form, columns);
    this.#query = `query CallExport($filter: CallFilter, $orderBy: CallOrder, $first: Int!, $after: String) {
      calls(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        nodes { ${all.selection(columns)} } pageInfo { hasNextPage endCursor }
      }
    }`;
  }

  /** @throws ExportRefused, at the first page for whatever is refused, later for what does not pass by itself */
  async *pages(ask: AskPage, signal: AbortSignal): AsyncGenerator<ExportedPage> {
    const { filter, orderBy } = this.#question;
    let after: string | null = null;
    let { first, largest } = this.#sizes;
    let tries = 0;
    for (;;) {
      signal.throwIfAborted();
      const answer = await ask(this.#query, { filter, orderBy, first, after });
      try {
        const { errors = [], data } = answer;
        if (errors.length > 0 || data?.calls == null) {
          const wait = waitFor(errors, after !== null && tries < TRIES);
          if (wait !== null) {
            tries += 1;
            // A reader that gets nothing for too long is cut off.
            if (wait >= LONG_WAIT) {
              largest = Math.max(1, first >> 1);
              first = Math.min(first, largest);
            }
            await sleep(wait, undefined, { signal });
          } else if (first > 1 && errors[0]?.extensions?.code === TOO_LARGE) {
            first = Math.ceil(first / 4);
          } else throw new ExportRefused(errors);
          continue;
        }
        tries = 0;
        const { nodes, pageInfo } = data.calls;
        const rows = nodes.map(this.rows.row);
        const text = rows.join('');
        yield { text: after === null ? this.rows.head + text : text, calls: nodes.length };
        if (!pageInfo.hasNextPage) return;
        after = pageInfo.endCursor;
        // By the longest, as if all were like it: long calls come together, e.g. since transcripts were switched on.
        const longest = Math.max(1, ...rows.map(({ length }) => length));
        first = Math.min(largest, 2 * first, Math.max(1, Math.floor(PAGE / longest)));
      } finally {
        answer.release();
      }
    }
  }
}

/** Milliseconds; null if it is hopeless. */
function waitFor(errors: readonly GraphQLFormattedError[], mayWait: boolean): number | null {
  const { code, retryAfter } = errors[0]?.extensions ?? {};
  if (!mayWait || !PASSING.has(String(code))) return null;
  return (typeof retryAfter === 'number' ? retryAfter : 1) * 1_000;
}
