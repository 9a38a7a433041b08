import { and, count, eq, isNull } from 'drizzle-orm';
import { type Account, runFor } from '../../db/connection/account.js';
import { statementTime } from '../../db/connection/statement-time.js';
import type { Database, Transaction } from '../../db/database.js';
import { type VendorAccountRow, vendorAccounts } from '../../db/tables/vendor-accounts.js';
import { newId } from '../../foundation/new-id.js';
import { refuse, refuseIf, refuseUnknown, type Target } from '../../foundation/refusal.js';
import { databaseErrorCode } from '../../foundation/unavailable.js';
import { type VendorClient, VendorRefusal, VendorUnreachable } from '../request/vendor-client.js';
import type { ConnectedAccount } from '../vendor.js';
import { ACCOUNT_MEMBERS } from './account-members.values.js';
import { type AccountState, accountState } from './account-state.js';
import { openAccount } from './connected-account.js';
import {
  baseUrlProblems,
  expiryOf,
  missingMember,
  missingMembers,
  stolenSecrets,
  vendorOf,
} from './given-vendor.js';
import type { GivenVendor, NewVendorAccount, VendorAccountChange } from './new-vendor-account.values.js';
import { type SealedSecrets, type Secrets, SecretsLocked } from './sealed-secrets.js';
import { type VendorAccountQueries, vendorAccountQueries } from './vendor-account.queries.js';
import { discardUnfinished, RECOVERED, reconsider, retryNow } from './vendor-account.store.js';
import { webhookUrls, withNewToken } from './webhook-token.js';

/** The organization whose accounts they are: a viewer, or an operator's choice. */
export interface AccountsOwner {
  readonly organization: { readonly id: string };
  readonly account: Account;
}

export interface VendorAccountOptions {
  readonly sealed: SealedSecrets;
  readonly allowPrivate: boolean;
  readonly connect: (account: ConnectedAccount) => VendorClient;
  /** The address at which vendors reach the gateway, without a slash at its end. */
  readonly publicUrl: () => string;
  /** Called once an account is there. */
  created?(): void;
}

export interface TestResult {
  readonly ok: boolean;
  readonly message: string;
}

type AccountTarget = Target & { id: string };

/** Every write of a call looks at all of them. */
const MOST_ACCOUNTS = 100;
const UNIQUE_VIOLATION = '23505';

/**
 * An account's row is changed in one short transaction, its deliveries after that: settling a delivery locks them the
 * other way round.
 */
export class VendorAccountService {
  readonly #database: Database;
  readonly #queries: VendorAccountQueries;
  readonly #options: VendorAccountOptions;

  constructor(database: Database, options: VendorAccountOptions) {
    this.#database = database;
    this.#queries = vendorAccountQueries(database.db);
    this.#options = options;
  }

  list({ organization, account }: AccountsOwner): Promise<VendorAccountRow[]> {
    return runFor(account, () => this.#queries.list.execute({ organization: organization.id }));
  }

  state(row: VendorAccountRow): Promise<AccountState> {
    return accountState(this.#options.sealed, row);
  }

  /** Null if it takes no webhooks, or its secrets do not open. */
  async webhookUrl(row: VendorAccountRow): Promise<string | null> {
    if (!row.receives || row.secrets === null) return null;
    const account = await openAccount(this.#options.sealed, row).catch((error: unknown) => {
      if (!(error instanceof SecretsLocked)) throw error;
      return null;
    });
    return (account && webhookUrls(this.#options.publicUrl(), row.system, account)[0]) ?? null;
  }

  /** @throws Refusal INVALID, ALREADY_EXISTS, LIMIT_EXCEEDED */
  async create(
    owner: AccountsOwner,
    { name, vendor: given, ...flags }: NewVendorAccount,
  ): Promise<VendorAccountRow> {
    const vendor = vendorOf(given.system);
    const baseUrl = given.baseUrl ?? ACCOUNT_MEMBERS[given.system].baseUrl;
    refuseIf([...missingMembers(vendor, given), ...this.#baseUrlProblems(given)]);
    if (baseUrl === null) return refuseIf([missingMember(given.path, 'baseUrl')]) as never;
    const organizationId = owner.organization.id;
    const { id, createdAt } = newId();
    const { secrets: all, columns: token } = withNewToken(given.secrets);
    const secrets = await this.#seal({ organizationId, id }, all);
    const made = await this.#withName(owner, name, async (tx) => {
      await refuseTooMany(tx, organizationId);
      const [row] = await tx
        .insert(vendorAccounts)
        .values({
          ...flags,
          organizationId,
          id,
          system: given.system,
          name,
          baseUrl,
          settings: given.settings,
          secrets,
          secretExpiresAt: expiryOf(vendor),
          ...token,
          ...(vendor.messages.updates && firstUpdates(createdAt)),
          kinds: [...vendor.kinds],
          concurrency: vendor.concurrency,
          baseRate: vendor.requestsPerSecond,
          rate: vendor.requestsPerSecond,
          createdAt,
          updatedAt: createdAt,
        })
        .returning();
      return row as VendorAccountRow;
    });
    await this.#after(owner, made);
    this.#options.created?.();
    return made;
  }

  /**
   * Merges settings and secrets. New secrets, another base URL and `paused: false` let a failing account go on at once.
   * @throws Refusal NOT_FOUND, INVALID, ALREADY_EXISTS
   */
  async update(
    owner: AccountsOwner,
    target: AccountTarget,
    { vendor: given, rotateWebhookToken = false, ...change }: VendorAccountChange,
  ): Promise<VendorAccountRow> {
    if (given !== undefined) refuseIf(this.#baseUrlProblems(given));
    const hasSecrets = given !== undefined && Object.keys(given.secrets).length > 0;
    const isRecovered = hasSecrets || given?.baseUrl !== undefined || change.paused === false;
    let isFailing = false;
    const own = ownAccount(owner, target.id);
    const changed = await this.#withName(owner, change.name, async (tx) => {
      const [row] = await tx.select().from(vendorAccounts).where(own).for('no key update');
      if (row === undefined) return refuseUnknown('Vendor account', target, 'id');
      if (given !== undefined && given.system !== row.system) {
        refuse('INVALID', `The account is one of ${row.system}, not of ${given.system}.`, [...given.path]);
      }
      if (given !== undefined) refuseIf(stolenSecrets(row, given));
      isFailing = isRecovered && (row.isRefused || row.failures > 0);
      const [written] = await tx
        .update(vendorAccounts)
        .set({
          ...change,
          ...(given !== undefined && {
            baseUrl: given.baseUrl,
            settings: { ...row.settings, ...given.settings },
          }),
          ...((hasSecrets || rotateWebhookToken) &&
            (await this.#newSecrets(row, hasSecrets ? given : undefined, rotateWebhookToken))),
          ...(hasSecrets && { secretExpiresAt: expiryOf(vendorOf(given.system)) }),
          ...(isRecovered && RECOVERED),
          updatedAt: statementTime,
        })
        .where(own)
        .returning();
      return written as VendorAccountRow;
    });
    const isReconsidered = Object.keys(given?.settings ?? {}).length > 0;
    await this.#after(owner, changed, { isRecovered: isFailing, isReconsidered });
    return changed;
  }

  /** @throws Refusal NOT_FOUND */
  async delete(owner: AccountsOwner, target: AccountTarget): Promise<string> {
    const [deleted] = await this.#database.transaction(
      (tx) =>
        tx
          .update(vendorAccounts)
          .set({
            ...{ secrets: null, secretExpiresAt: null, webhookTokenHash: null, oldWebhookTokenHash: null },
            ...{ deletedAt: statementTime, updatedAt: statementTime },
          })
          .where(ownAccount(owner, target.id))
          .returning(),
      owner.account,
    );
    if (deleted === undefined) return refuseUnknown('Vendor account', target, 'id');
    await this.#after(owner, deleted);
    return deleted.id;
  }

  /** @throws Refusal NOT_FOUND */
  async test(owner: AccountsOwner, target: AccountTarget): Promise<TestResult> {
    const [row] = await runFor(owner.account, () =>
      this.#database.db.select().from(vendorAccounts).where(ownAccount(owner, target.id)),
    );
    if (row === undefined || row.secrets === null) return refuseUnknown('Vendor account', target, 'id');
    const result = await this.#tried(row);
    if (!result.ok) return result;
    const [recovered] = await this.#database.transaction(
      (tx) =>
        tx
          .update(vendorAccounts)
          .set(RECOVERED)
          // Other secrets were not tested.
          .where(and(ownAccount(owner, row.id), eq(vendorAccounts.secrets, row.secrets ?? '')))
          .returning(),
      owner.account,
    );
    const isRecovered = row.isRefused || row.failures > 0;
    if (recovered !== undefined) await this.#after(owner, recovered, { isRecovered, isReconsidered: false });
    return result;
  }

  async #tried(row: VendorAccountRow): Promise<TestResult> {
    try {
      const account = await openAccount(this.#options.sealed, row);
      return { ok: true, message: await vendorOf(row.system).test(account, this.#options.connect(account)) };
    } catch (error) {
      const isExpected =
        error instanceof SecretsLocked ||
        error instanceof VendorRefusal ||
        error instanceof VendorUnreachable;
      if (!isExpected) throw error;
      return { ok: false, message: error.message };
    }
  }

  #baseUrlProblems(given: GivenVendor) {
    return baseUrlProblems(given, this.#options.allowPrivate);
  }

  #seal(owner: { organizationId: string; id: string }, secrets: Secrets): Promise<string> {
    const { sealed } = this.#options;
    if (sealed.sealingKey === null) {
      refuse(
        'INVALID',
        'Vendor accounts need the setting SECRETS_KEYS, which seals their secrets: set it first.',
      );
    }
    return sealed.seal(owner, secrets);
  }

  /** With a new token if asked for, or if the present one is not known. */
  async #newSecrets(row: VendorAccountRow, given: GivenVendor | undefined, rotates: boolean) {
    const merged = await this.#mergedSecrets(row, given);
    const isNew = rotates || merged.webhookToken === undefined;
    const { secrets, columns } = isNew ? withNewToken(merged, row) : { secrets: merged, columns: {} };
    return { ...columns, secrets: await this.#seal(row, secrets) };
  }

  async #mergedSecrets(row: VendorAccountRow, given: GivenVendor | undefined): Promise<Secrets> {
    const { secrets } = await openAccount(this.#options.sealed, row).catch((error: unknown) => {
      if (!(error instanceof SecretsLocked)) throw error;
      if (given === undefined) return refuse('INVALID', error.message, ['input', 'rotateWebhookToken']);
      // Without the old ones, the new ones must do alone.
      refuseIf(missingMembers(vendorOf(given.system), { ...given, settings: row.settings }));
      return { secrets: {} };
    });
    return { ...secrets, ...given?.secrets };
  }

  async #withName<T>(
    owner: AccountsOwner,
    name: string | undefined,
    work: (tx: Transaction) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#database.transaction(work, owner.account);
    } catch (error) {
      if (databaseErrorCode(error) !== UNIQUE_VIOLATION || name === undefined) throw error;
      const present = (await this.list(owner)).find((account) => account.name === name);
      return refuse('ALREADY_EXISTS', `There is a vendor account ${name} already.`, ['input', 'name'], {
        ...(present !== undefined && { vendorAccount: present }),
      });
    }
  }

  #after(
    owner: AccountsOwner,
    row: VendorAccountRow,
    { isRecovered = false, isReconsidered = true } = {},
  ): Promise<void> {
    return this.#database.transaction(async (tx) => {
      if (isRecovered) await retryNow(tx, row);
      if (row.deletedAt !== null) await discardUnfinished(tx, row);
      if (isReconsidered) await reconsider(tx, row);
    }, owner.account);
  }
}

/** What was there before is for an import. The vendor's clock may be behind. */
const firstUpdates = (createdAt: Date) => ({
  updatesPosition: new Date(createdAt.getTime() - 300_000).toISOString(),
  updatesDueAt: new Date(createdAt.getTime() + 60_000),
});

const ownAccount = ({ organization }: AccountsOwner, id: string) =>
  and(
    eq(vendorAccounts.organizationId, organization.id),
    eq(vendorAccounts.id, id),
    isNull(vendorAccounts.deletedAt),
  );

async function refuseTooMany(tx: Transaction, organizationId: string): Promise<void> {
  const [present] = await tx
    .select({ total: count() })
    .from(vendorAccounts)
    .where(and(eq(vendorAccounts.organizationId, organizationId), isNull(vendorAccounts.deletedAt)));
  const found = (present?.total ?? 0) + 1;
  if (found > MOST_ACCOUNTS) {
    const message = `At most ${MOST_ACCOUNTS} vendor accounts are allowed; delete one first.`;
    refuse('LIMIT_EXCEEDED', message, null, {}, { limit: MOST_ACCOUNTS, found });
  }
}
