import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { Config } from './config/config.js';
import { SharedListener } from './db/connection/shared-listener.js';
import type { Database } from './db/database.js';
import { EventAdmissions } from './events/event-admissions.service.js';
import { contextFactory } from './gateway-contexts.js';
import { consistencyOf } from './graphql/consistency.js';
import type { Context } from './graphql/context.js';
import { unavailable } from './graphql/errors.js';
import type { LogCursors } from './graphql/log-cursors.js';
import type { Viewer } from './identity/viewer.js';
import type { Charges } from './live/charges.js';
import { LiveService } from './live/live.service.js';
import { deliveryWatch } from './observability/delivery-watch.js';
import { HealthWatch } from './observability/health-watch.js';
import { importWatch } from './observability/import-watch.js';
import { messageWatch } from './observability/message-watch.js';
import type { Watchers } from './observability/request-watch.js';
import { Retention } from './retention/retention.service.js';
import type { VendorClients } from './vendors/request/vendor-clients.js';
import { Vendors } from './vendors/vendors.service.js';

export interface ShardOptions {
  database: Database;
  config: Config;
  log: Logger;
  watchers(): Watchers;
  charges: Charges;
  clients: VendorClients;
  publicUrl(): string;
  cursors: (organization: string) => LogCursors;
  secret: KeyObject;
}

/** What works for the organizations of one database, and on it alone. */
export interface GatewayShard {
  readonly database: Database;
  readonly listener: SharedListener;
  readonly live: LiveService;
  readonly vendors: Vendors;
  readonly health: HealthWatch;
  contextOf(viewer: Viewer): Context;
  begin(): Promise<void>;
  /** All but the subscriptions, which end with their clients' connections. */
  close(): Promise<void>;
}

export function openShard(options: ShardOptions): GatewayShard {
  const { database, config, log, watchers, charges, clients, publicUrl, cursors, secret } = options;
  const { replicas } = database;
  const watched = () => ({ ...watchers(), log });
  const listener = new SharedListener(database.signals);
  const live = new LiveService({
    database,
    listener,
    charges,
    failed: (error) => log.warn({ err: error }, 'live changes: failed, will be retried'),
  });
  const admissions = new EventAdmissions(database, config, (error) =>
    log.warn({ err: error }, 'waiting events: failed, will be applied later'),
  );
  const vendors = new Vendors({
    ...config,
    database,
    admissions,
    clients,
    publicUrl,
    tried: (result) => deliveryWatch(watched())(result),
    processed: (result) => messageWatch(watched()).processed(result),
    updatesRead: (result) => messageWatch(watched()).updatesRead(result),
    imported: (page) => importWatch(watched()).imported(page),
    importFailed: (failure) => importWatch(watched()).importFailed(failure),
    failed: (error) => log.warn({ err: error }, 'vendors: failed, will be retried'),
  });
  const retention = new Retention({
    database,
    days: {
      events: config.retainEvents,
      deliveries: config.retainDeliveries,
      messages: config.retainDeliveries,
      bodies: config.retainBodies,
      keys: config.retainKeys,
      log: config.retainLog,
      calls: config.retainCalls,
    },
    pruned: (rows, milliseconds) => {
      watched().metrics.countPruned(rows);
      log.info({ rows, duration: milliseconds }, 'old rows were pruned');
    },
    failed: (error) => log.warn({ err: error }, 'old rows: not pruned, will be tried again'),
  });
  const contextOf = contextFactory(
    database,
    { live, admissions, vendorAccounts: vendors.accounts, audio: vendors.audio, publicUrl },
    config,
    cursors,
    replicas === null ? undefined : consistencyOf(secret, replicas),
  );
  const health = new HealthWatch(database.health, log, ({ hasVendorAccounts }) =>
    vendors.setHasAccounts(hasVendorAccounts),
  );
  return {
    ...{ database, listener, live, vendors, health, contextOf },
    begin: async () => {
      await admissions.begin();
      health.start();
      retention.begin();
    },
    close: async () => {
      await retention.close();
      await admissions.close();
      await vendors.close();
    },
  };
}

/** @throws SERVICE_UNAVAILABLE where SHARD_URLS has no such database */
export function shardFinder(
  shards: readonly GatewayShard[],
  log: Logger,
): (place: { shard?: number | undefined }) => GatewayShard {
  const missed = new Set<number>();
  return ({ shard = 0 }) => {
    const found = shards[shard];
    if (found !== undefined) return found;
    if (!missed.has(shard))
      log.error({ shard }, 'an organization is on a shard that SHARD_URLS does not have');
    missed.add(shard);
    throw unavailable('The database of this organization is not known to this gateway; try again');
  };
}
