import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import { type CallImportRow, callImports } from '../db/tables/call-imports.js';
import { type VendorAccountRow, vendorAccounts } from '../db/tables/vendor-accounts.js';
import { EventAdmissions } from '../events/event-admissions.service.js';
import { Refusal } from '../foundation/refusal.js';
import { uuidOf } from '../graphql/ids.js';
import { IntakeService } from '../intake/intake.service.js';
import { loggedError } from '../observability/logged-error.js';
import type { Startup } from '../start/startup.js';
import type { AccountState } from '../vendors/account/account-state.js';
import { openAccount } from '../vendors/account/connected-account.js';
import { vendorOf } from '../vendors/account/given-vendor.js';
import { CallImportService } from '../vendors/imports/call-import.service.js';
import { claimImport } from '../vendors/imports/call-import.store.js';
import { ImportWorker } from '../vendors/imports/import-worker.service.js';
import { type Accounts, accountsOf, type FoundAccount, ownerOf, withAccounts } from './accounts.js';
import { ProgressView, summary } from './import-progress.js';
import { parseCommand, UsageError } from './usage.js';

/** Milliseconds between two looks. */
const LOOK = 500;

const text = { type: 'string' } as const;
const OPTIONS = { account: text, organization: text, from: text, to: text };

/** Starts an import, or joins the running one, and works on it beside the gateways until it has ended. */
export function importCalls(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: OPTIONS });
  const given = values.account;
  if (!given) throw new UsageError('import needs --account, a name or an ID as accounts list shows it');
  const time = { from: instantOf('from', values.from), to: instantOf('to', values.to) };
  return withAccounts(config, startup, async (accounts) => {
    const { account, database } = await accountCalled(accounts, given, values.organization);
    const owner = ownerOf(account.organizationId);
    const target = { id: account.id, path: [], label: 'this id' };
    const id = await new CallImportService(database).start(owner, target, time).catch(idOfRunning);
    const worker = workerOf(accounts, database, config, { organizationId: account.organizationId, id });
    let isOver = false;
    startup.onClose(async () => {
      if (!isOver)
        process.stderr.write('\nA running gateway goes on with the import, or the same command does.\n');
      await worker.close();
    });
    worker.setNeeded(true);
    const ended = await untilEnded(accounts, database, account, id);
    isOver = true;
    await worker.close();
    if (ended.state !== 'DONE')
      throw new Error(`the import is ${ended.state}: ${ended.lastError ?? 'by hand'}`);
    return `${summary(ended)}\n`;
  });
}

function idOfRunning(error: unknown): string {
  if (!(error instanceof Refusal && 'id' in error.present)) throw error;
  process.stderr.write(
    'An import of this account is running: this one goes on with it, and with its time.\n',
  );
  return `${error.present.id}`;
}

function instantOf(name: string, given: string | undefined): Date | null {
  if (given === undefined) return null;
  const time = new Date(given);
  if (!/^\d{4}-\d\d-\d\d/.test(given) || Number.isNaN(time.getTime())) {
    throw new UsageError(
      `--${name} must be a date or a time of ISO 8601, e.g. 2026-01-31 or 2026-01-31T12:00:00Z`,
    );
  }
  return time;
}

async function accountCalled(
  { databases }: Accounts,
  given: string,
  organization: string | undefined,
): Promise<FoundAccount> {
  const uuid = uuidOf('vendor_account', given);
  const found = (await accountsOf(databases, organization)).filter(
    ({ account }) => account.id === uuid || account.name === given,
  );
  const [first, ...others] = found;
  if (first === undefined) throw new Error(`no account ${given}`);
  if (others.length > 0)
    throw new UsageError(`several organizations have an account ${given}: name --organization`);
  return first;
}

/** Works on this import alone: others, perhaps of other organizations, are for gateways. */
function workerOf(
  { sealed, clients }: Accounts,
  database: Database,
  config: Config,
  own: Pick<CallImportRow, 'organizationId' | 'id'>,
): ImportWorker {
  const failed = (error: unknown) => {
    const { type, message } = { message: '', ...loggedError(error) };
    process.stderr.write(`\nswitchboard: failed, will be tried again: ${type} ${message}\n`);
  };
  const admissions = new EventAdmissions(database, config, failed);
  return new ImportWorker({
    database,
    claim: (db, claim, lease) => claimImport(db, own, claim, lease),
    intake: new IntakeService(admissions),
    vendorOf,
    open: openAccount.bind(null, sealed),
    clientOf: clients.clientOf.bind(clients),
    imported: () => {},
    importFailed: () => {},
    failed,
  });
}

async function untilEnded(
  { serviceOn }: Accounts,
  database: Database,
  { organizationId, id: accountId }: VendorAccountRow,
  id: string,
): Promise<CallImportRow> {
  const view = new ProgressView(process.stderr);
  const ofAccount = and(eq(vendorAccounts.organizationId, organizationId), eq(vendorAccounts.id, accountId));
  for (;;) {
    const [found] = await database.db
      .select({ row: callImports, account: vendorAccounts })
      .from(callImports)
      .innerJoin(vendorAccounts, ofAccount)
      .where(and(eq(callImports.organizationId, organizationId), eq(callImports.id, id)));
    if (found === undefined) throw new Error('the import is not there');
    const { row, account } = found;
    const isOver = row.state !== 'RUNNING';
    view.show(
      row,
      isOver ? null : reasonToWait(row, account, await serviceOn(database).state(account)),
      isOver,
    );
    if (isOver) return row;
    await sleep(LOOK);
  }
}

/** Null while nothing is known to be in its way. */
function reasonToWait(
  { failingSince, lastError }: CallImportRow,
  { receives }: VendorAccountRow,
  { state, reason }: AccountState,
): string | null {
  if (state === 'PAUSED') return 'the account is paused (switchboard accounts resume)';
  if (!receives) return 'the account does not receive';
  if (failingSince !== null && lastError !== null) return lastError;
  return state === 'FAILING'
    ? `the account is failing: ${reason ?? 'its vendor refuses the credentials'}`
    : null;
}
