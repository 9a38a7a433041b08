import './start/env-file.js';
import './start/production.js';
import './start/heap.js';
import './start/closed-output.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import { type Config, loadConfig } from './config/config.js';
import { type Database, openDatabase } from './db/database.js';
import { explainDatabaseError, explainListenError, explainStartError } from './foundation/start-error.js';
import { VERSION } from './foundation/version.js';
import { listenWhileStarting } from './http/starting.js';
import { elsewhereText, greeting } from './start/greeting.js';
import { databaseOf, onServer, openServer, serverOptions } from './start/open-server.js';
import { migrateShards, openShards } from './start/open-shards.js';
import { Startup } from './start/startup.js';
import { stop } from './start/stop.js';

/**
 * A write costs as much as ten lines, so lines are batched: minLength bytes or periodicFlush milliseconds. If the
 * reader stalls, what exceeds maxLength bytes is dropped.
 */
const LOG = { minLength: 8_192, periodicFlush: 200, maxLength: 16_777_216 };

/** How a person runs the commands who has started this. */
const COMMAND = process.argv[2] === 'start' ? 'npx switchboard' : 'npm run -s switchboard --';

try {
  await serve(loadConfig(process.env));
  process.exit(process.exitCode ?? 0);
} catch (error) {
  process.stderr.write(`switchboard: ${explainStartError(error)}\n`);
  process.exit(1);
}

async function serve(config: Config): Promise<void> {
  const startup = new Startup(config.startTimeout);
  void stop.then(() => endInTime(config, startup));
  try {
    if (config.migrate === 'only') {
      process.stdout.write(await migrateOnly(config, startup));
      return;
    }
    const gateway = await Promise.race([start(config, startup), startup.timedOut, stop.then(() => null)]);
    startup.stopWaiting();
    if (gateway !== null) process.stdout.write(gateway.greeting);
    // An orchestrator sends requests until it notices; a terminal does not.
    if ((await stop) === 'SIGTERM' && gateway !== null) {
      gateway.drain();
      await sleep(Math.min(config.drainDelay, config.shutdownTimeout / 2) * 1000);
    }
    await startup.close();
  } catch (error) {
    await startup.abort();
    throw error;
  }
}

async function start(config: Config, startup: Startup): Promise<{ greeting: string; drain(): void }> {
  // With port 0, no client can know the port yet.
  const starting = config.port === 0 ? null : await explainListenError(config, listenWhileStarting(config));
  startup.onClose(async () => {
    await starting?.close();
  });
  // Loading takes half a second; meanwhile the embedded Postgres can start.
  const loading = import('./gateway.js');
  loading.catch(() => {});
  const server = await openServer(config, startup, { migrates: config.migrate === 'auto' });
  const { databaseUrl } = config;
  const onIt = <T>(work: Promise<T>): Promise<T> =>
    onServer(server, databaseUrl ? explainDatabaseError('DATABASE_URL', databaseUrl, work) : work);
  startup.startWaiting(databaseOf(config));
  const database = await onIt(
    openDatabase({
      url: server.url,
      directUrl: config.databaseDirectUrl,
      ...serverOptions(config),
      poolSize: config.databasePoolSize,
      timeout: config.databaseTimeout,
      replicas: {
        urls: config.databaseReadUrl,
        poolSize: config.databaseReadPoolSize,
        maxLag: config.databaseReadMaxLag,
      },
    }),
  );
  startup.onClose(database.close);
  const log = openLog(config.logLevel);
  log.info({ version: VERSION, node: process.version }, 'the gateway starts');
  if (server.newerMigrations.length > 0) {
    log.warn({ migrations: server.newerMigrations }, 'the database is of a newer version');
  }
  server.watchRestarts(({ reason, logFile }) => {
    if (reason === null) log.warn('the embedded Postgres was killed, and runs again');
    else
      log.error(
        { reason, logFile },
        'the embedded Postgres was killed and cannot be started: it is tried again',
      );
  });
  const elsewhere = server.elsewhere && { dataDir: config.dataDir, ...server.elsewhere };
  if (elsewhere !== null) log.warn(elsewhere, elsewhereText(elsewhere));
  const shards = await openShards(config, startup, log);
  const { createGateway } = await loading;
  const secretsKeys = await server.secretsKeys();
  const traffic = config.demo
    ? await demoTraffic({ ...config, secretsKeys }, [database, ...shards], log)
    : null;
  const { routes, isOwnVendor } = traffic ?? {};
  const gateway = await onIt(
    createGateway({ config: { ...config, secretsKeys }, database, shards, log, routes, isOwnVendor }),
  );
  startup.onClose(() => gateway.close());
  if (traffic !== null) startup.onClose(() => traffic.close());
  await starting?.leave();
  const { url } = await onIt(explainListenError(config, gateway.listen()));
  starting?.pass(gateway.serve);
  // Only after listen: if the gateway failed to start, the key would be lost.
  const demo = config.demo && !databaseUrl ? await onIt(seed(database)) : null;
  const text = greeting(url, { pages: config, token: demo?.token, command: COMMAND, elsewhere });
  return { greeting: text, drain: gateway.drain };
}

async function migrateOnly(config: Config, startup: Startup): Promise<string> {
  const migrating = openServer(config, startup, { migrates: true }).then(() =>
    migrateShards(config, startup),
  );
  await Promise.race([migrating, startup.timedOut, stop.then(() => null)]);
  await startup.close();
  return 'The database is up to date.\n';
}

/** Standard output is for people. pino flushes at process exit. */
function openLog(level: Config['logLevel']): Logger {
  const destination = pino.destination({ dest: 2, sync: false, ...LOG });
  // pino ignores a reader that has gone (EPIPE), and throws when a terminal was closed (EIO).
  destination.on('error', () => {});
  return pino({ level }, destination);
}

async function demoTraffic(config: Config, databases: readonly Database[], log: Logger) {
  const { DemoTraffic } = await import('./demo/traffic/traffic-routes.js');
  return new DemoTraffic(config, databases, log);
}

async function seed(database: Database): Promise<{ token: string } | null> {
  const { seedDemo } = await import('./demo/seed.js');
  return seedDemo(database);
}

async function endInTime({ shutdownTimeout }: Config, startup: Startup): Promise<void> {
  await sleep(shutdownTimeout * 1000, undefined, { ref: false });
  process.exitCode = 1;
  process.stderr.write(
    `switchboard: not done within ${shutdownTimeout} s (SHUTDOWN_TIMEOUT): requests were cut off\n`,
  );
  await startup.abort();
  process.exit(1);
}
