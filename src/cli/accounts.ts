import type { Config } from '../config/config.js';
import { publicUrlOf } from '../config/public-url.js';
import { sharedAccount } from '../db/connection/account.js';
import type { Database } from '../db/database.js';
import { encodeId, uuidOf } from '../graphql/ids.js';
import type { Startup } from '../start/startup.js';
import {
  type OperatorAccount,
  operatorAccountQueries,
} from '../vendors/account/operator-accounts.queries.js';
import { SealedSecrets } from '../vendors/account/sealed-secrets.js';
import { rotateSecrets } from '../vendors/account/secrets-rotation.service.js';
import { vendorAccountQueries } from '../vendors/account/vendor-account.queries.js';
import { type AccountsOwner, VendorAccountService } from '../vendors/account/vendor-account.service.js';
import { VendorClients } from '../vendors/request/vendor-clients.js';
import { ACCOUNT_OPTIONS, accountFromOptions, requiredOption, systemOf } from './account-options.js';
import { readSecrets, readStandardInput, refuseSecretArguments } from './account-secrets.js';
import { databasesOf, organizationOf } from './organization.js';
import { formatTable } from './table.js';
import { parseCommand, UsageError } from './usage.js';
import { type Databases, withDatabases } from './with-database.js';

const TEST_MS = 15_000;

export interface Accounts {
  databases: Databases;
  clients: VendorClients;
  sealed: SealedSecrets;
  serviceOn(database: Database): VendorAccountService;
}

export function withAccounts<T>(
  config: Config,
  startup: Startup,
  run: (accounts: Accounts) => Promise<T>,
): Promise<T> {
  return withDatabases(config, startup, async (databases, server) => {
    const sealed = new SealedSecrets(await server.secretsKeys());
    const allowPrivate = config.vendorsAllowPrivate;
    const clients = new VendorClients({ allowPrivate });
    try {
      const serviceOn = (database: Database) =>
        new VendorAccountService(database, {
          sealed,
          allowPrivate,
          publicUrl: () => publicUrlOf(config),
          connect: (account) => clients.clientOf(account, AbortSignal.timeout(TEST_MS)),
        });
      return await run({ databases, clients, sealed, serviceOn });
    } finally {
      await clients.close();
    }
  });
}

export const ownerOf = (id: string): AccountsOwner => ({ organization: { id }, account: sharedAccount(id) });

export async function createAccount(args: string[], config: Config, startup: Startup): Promise<string> {
  refuseSecretArguments(args);
  const { values } = parseCommand({ args, options: ACCOUNT_OPTIONS });
  const slug = requiredOption(values, 'organization');
  const secrets = await readSecrets(systemOf(values), process.env, readStandardInput);
  const account = accountFromOptions(values, secrets);
  const made = await withAccounts(config, startup, async ({ databases, serviceOn }) => {
    const { id, shard } = await organizationOf(databases.first.db, slug).catch((error: Error) => {
      throw new Error(`${error.message}: keys create --create makes one`, { cause: error });
    });
    return serviceOn(await databases.at(shard)).create(ownerOf(id), account);
  });
  return `${encodeId('vendor_account', made.id)}\n`;
}

export async function listAccounts(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: { organization: { type: 'string' } } });
  const rows = await withAccounts(config, startup, async ({ databases, serviceOn }) => {
    const lines: string[][] = [];
    for (const { account, organization, database } of await accountsOf(databases, values.organization)) {
      const { state, reason } = await serviceOn(database).state(account);
      const { backlogs } = vendorAccountQueries(database.db);
      const [backlog] = await backlogs.execute({ organization: account.organizationId, keys: [account.id] });
      lines.push([
        encodeId('vendor_account', account.id),
        organization,
        account.name,
        account.system,
        account.baseUrl,
        account.sends ? 'yes' : 'no',
        account.receives ? 'yes' : 'no',
        state,
        String(backlog?.pending ?? 0),
        String(backlog?.dead ?? 0),
        reason?.replaceAll(/\s+/g, ' ') ?? '-',
      ]);
    }
    return lines;
  });
  return formatTable(
    [
      'ID',
      'ORGANIZATION',
      'NAME',
      'SYSTEM',
      'BASE URL',
      'SENDS',
      'RECEIVES',
      'STATE',
      'PENDING',
      'DEAD',
      'REASON',
    ],
    rows,
  );
}

export interface FoundAccount extends OperatorAccount {
  database: Database;
}

/** Of the organization that is named, else of all. */
export async function accountsOf(databases: Databases, slug: string | undefined): Promise<FoundAccount[]> {
  const found: FoundAccount[] = [];
  for (const database of await databasesOf(databases, slug)) {
    const accounts = await operatorAccountQueries(database.db).accounts(slug);
    found.push(...accounts.map((each) => ({ ...each, database })));
  }
  return found;
}

type OnAccount = (service: VendorAccountService, owner: AccountsOwner, id: string) => Promise<string>;

/** A command about one account: by its ID, or by its name and organization. */
const onAccount =
  (command: string, run: OnAccount) =>
  async (args: string[], config: Config, startup: Startup): Promise<string> => {
    const { positionals, values } = parseCommand({
      args,
      allowPositionals: true,
      options: { organization: { type: 'string' } },
    });
    const [given, ...rest] = positionals;
    if (!given || rest.length > 0) {
      throw new UsageError(
        `accounts ${command} takes one ID, as accounts list shows it, or a name with --organization`,
      );
    }
    const message = await withAccounts(config, startup, async ({ databases, serviceOn }) => {
      const slug = values.organization;
      const accounts = await accountsOf(databases, slug);
      const uuid = uuidOf('vendor_account', given);
      const found = accounts.find(
        ({ account }) => account.id === uuid || (slug !== undefined && account.name === given),
      );
      if (found === undefined) throw new Error(`no account ${given}`);
      const { account, database } = found;
      return run(serviceOn(database), ownerOf(account.organizationId), account.id);
    });
    return `${given} ${message}\n`;
  };

const targetOf = (id: string) => ({ id, path: [], label: 'this id' });

export const pauseAccount = onAccount('pause', async (service, owner, id) => {
  await service.update(owner, targetOf(id), { paused: true });
  return 'is paused: its deliveries wait.';
});

export const resumeAccount = onAccount('resume', async (service, owner, id) => {
  await service.update(owner, targetOf(id), { paused: false });
  return 'goes on.';
});

export const deleteAccount = onAccount('delete', async (service, owner, id) => {
  await service.delete(owner, targetOf(id));
  return 'is deleted.';
});

export const testAccount = onAccount('test', async (service, owner, id) => {
  const { ok, message } = await service.test(owner, targetOf(id));
  if (!ok) throw new Error(`the test has failed: ${message}`);
  return `works: ${message}`;
});

export async function rotateAccountSecrets(
  args: string[],
  config: Config,
  startup: Startup,
): Promise<string> {
  parseCommand({ args });
  return withAccounts(config, startup, async ({ databases, sealed }) => {
    const { sealingKey } = sealed;
    if (sealingKey === null) throw new Error('SECRETS_KEYS is not set: there is no key to seal with');
    let resealed = 0;
    const unreadable: string[] = [];
    for (const database of await databases.all()) {
      const rotation = await rotateSecrets(database, sealed);
      resealed += rotation.resealed;
      unreadable.push(...rotation.unreadable);
    }
    const done = `${resealed} ${resealed === 1 ? 'account is' : 'accounts are'} sealed anew, with the key ${sealingKey}`;
    if (unreadable.length === 0) return `${done}.\n`;
    const ids = unreadable.map((id) => encodeId('vendor_account', id)).join(', ');
    throw new Error(`${done}; SECRETS_KEYS has no key that opens ${ids}`);
  });
}
