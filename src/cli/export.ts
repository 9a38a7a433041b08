import { Readable } from 'node:stream';
import { pino } from 'pino';
import type { Config } from '../config/config.js';
import { newAccount } from '../db/connection/account.js';
import type { Database } from '../db/database.js';
import { type AskPage, CallExport, ExportRefused } from '../export/call-export.js';
import { type Form, WrongColumn } from '../export/export-columns.js';
import type { Viewer } from '../identity/viewer.js';
import type { Startup } from '../start/startup.js';
import { CountProgress } from './count-progress.js';
import { organizationOf } from './organization.js';
import { parseCommand, UsageError } from './usage.js';
import { withDatabases } from './with-database.js';
import { written } from './written.js';

const text = { type: 'string' } as const;
const OPTIONS = {
  format: text,
  filter: text,
  'order-by': text,
  columns: text,
  organization: text,
  out: text,
};
const FORMS: readonly Form[] = ['csv', 'ndjson'];
const TOTAL = 'query ($filter: CallFilter) { calls(filter: $filter) { totalCount } }';

/** Writes an organization's calls to a file, or to standard output, beside the gateways. */
export async function exportCalls(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: OPTIONS });
  const { out, columns } = values;
  if (!out) throw new UsageError('export needs --out, a file, or - for standard output');
  const form = FORMS.find((each) => each === (values.format ?? (out.endsWith('.csv') ? 'csv' : 'ndjson')));
  if (form === undefined) throw new UsageError(`--format must be ${FORMS.join(' or ')}`);
  const filter = jsonOf('filter', values.filter);
  const orderBy = jsonOf('order-by', values['order-by']);
  const { publicSchema } = await import('../graphql-server/schema/schema.js');
  const wanted = orUsage(() => new CallExport(publicSchema(), { form, filter, orderBy, columns }));
  return withDatabases(config, startup, async (databases) => {
    const { shard, ...organization } = await organizationOf(databases.first.db, values.organization);
    const database = await databases.at(shard);
    const viewer = operatorOf(organization);
    const calls = await withGateway(config, database, async (ask) => {
      const stop = new AbortController();
      startup.onClose(async () => stop.abort());
      const page: AskPage = (query, variables) => ask(viewer, query, variables);
      const { data } = await page(TOTAL, { filter });
      const total = (data as { calls?: { totalCount: number } | null } | undefined)?.calls?.totalCount ?? 0;
      const progress = new CountProgress(process.stderr, total, 'calls');
      let done = 0;
      async function* texts() {
        for await (const each of wanted.pages(page, stop.signal)) {
          yield each.text;
          done += each.calls;
          progress.show(done, false);
        }
      }
      await written([Readable.from(texts(), { highWaterMark: 1 })], out, stop.signal);
      progress.show(done, true);
      return done;
    });
    return out === '-' ? '' : `${calls.toLocaleString('en-US')} calls were written to ${out}.\n`;
  }).catch((error) => {
    const isMistake =
      error instanceof ExportRefused && error.errors[0]?.extensions?.code === 'BAD_USER_INPUT';
    throw isMistake ? new UsageError(error.message) : error;
  });
}

type Ask = (viewer: Viewer, ...operation: Parameters<AskPage>) => ReturnType<AskPage>;

async function withGateway<T>(config: Config, database: Database, run: (ask: Ask) => Promise<T>): Promise<T> {
  const { createGateway } = await import('../gateway.js');
  const log = pino({ level: 'silent' });
  // It never listens, and so sends nothing to vendors and has no clients to protect from this one.
  const gateway = await createGateway({ config: { ...config, rateLimit: 0 }, database, log });
  try {
    return await run(async (viewer, query, variables) => {
      const { data, errors } = await gateway.ask(viewer, query, variables);
      return { data: data as never, errors, release: () => {} };
    });
  } finally {
    await gateway.close();
  }
}

const operatorOf = (organization: Viewer['organization']): Viewer => ({
  organization,
  keyId: 'switchboard export',
  kind: 'APP',
  name: 'switchboard export',
  staffUid: null,
  scopes: ['CALLS_READ'],
  account: newAccount(organization.id, 'switchboard export'),
});

function jsonOf(name: string, given: string | undefined): unknown {
  if (given === undefined) return null;
  try {
    return JSON.parse(given);
  } catch {
    throw new UsageError(`--${name} must be JSON`);
  }
}

function orUsage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof WrongColumn ? new UsageError(`--columns: ${error.message}`) : error;
  }
}
