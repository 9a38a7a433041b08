import './production.js';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import { type Config, type LogLevel, loadConfig } from './config.js';
import { type Database, openDatabase } from './db/database.js';
import { type DatabaseServer, openDatabaseServer } from './db/database-server.js';
import { migrate } from './db/migrate.js';
import { greeting } from './greeting.js';
import { explainStartError } from './start-error.js';

// SIGHUP: the terminal was closed. npm passes on what the terminal has sent already, so a signal may come twice:
// the handlers stay, and only the first one counts.
const stop = new Promise<NodeJS.Signals>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
});

/** How long Postgres may take to stop once the orderly way has taken too long. */
const FORCED_STOP_MS = 3000;

/**
 * Lines go out together, for a write costs as much as ten of them: when so many bytes have come together, or so many
 * milliseconds after the last time. Of what waits for a reader who does not read, so much is kept, and more is lost.
 */
const LOG = { minLength: 8_192, periodicFlush: 200, maxLength: 16_777_216 };

let config: Config | undefined;
try {
  config = loadConfig(process.env);
  await serve(config);
  process.exit(process.exitCode ?? 0);
} catch (error) {
  process.stderr.write(`switchboard: ${explainStartError(error, config)}\n`);
  process.exit(1);
}

/** Resolves when everything is closed again after a signal, and rejects, with everything closed, when the start fails. */
async function serve(config: Config): Promise<void> {
  const opened: (() => Promise<void>)[] = [];
  let server: DatabaseServer | undefined;
  void stop.then(() => endInTime(config, async () => server?.close()));
  try {
    const opening = openDatabaseServer(config);
    // Loading the gateway takes half a second, in which a new embedded Postgres can be made.
    const loading = import('./gateway.js');
    // Until it is awaited below.
    loading.catch(() => {});
    server = await opening;
    opened.unshift(server.close);
    await migrate(config.databaseDirectUrl ?? server.url, config.databaseTimeout);
    const database = await openDatabase({
      url: server.url,
      directUrl: config.databaseDirectUrl,
      poolSize: config.databasePoolSize,
      timeout: config.databaseTimeout,
    });
    opened.unshift(database.close);
    const log = openLog(config.logLevel);
    const { createGateway } = await loading;
    const gateway = await createGateway({ config, database, log });
    opened.unshift(() => gateway.close());
    const { url } = await gateway.listen();
    // Behind listen: a key that is made for a gateway which cannot start would be lost.
    const demo = config.demo && !config.databaseUrl ? await seed(database) : null;
    process.stdout.write(greeting(url, demo?.token));
    // A person at a terminal need not wait; an orchestrator looks now and then, and sends requests until it has.
    if ((await stop) === 'SIGTERM') {
      gateway.drain();
      // What is under way needs the rest of the time.
      await sleep(Math.min(config.drainDelay, config.shutdownTimeout / 2) * 1000);
    }
  } catch (error) {
    throw (await server?.explain(error)) ?? error;
  } finally {
    for (const close of opened) await close();
  }
}

/** Standard output is for people. At the end of the process pino writes out what it has. */
function openLog(level: LogLevel): Logger {
  return pino({ level }, pino.destination({ dest: 2, sync: false, ...LOG }));
}

async function seed(database: Database): Promise<{ token: string } | null> {
  const { seedDemo } = await import('./demo/seed.js');
  return seedDemo(database);
}

async function endInTime({ shutdownTimeout }: Config, stopPostgres: () => Promise<void>): Promise<void> {
  await sleep(shutdownTimeout * 1000, undefined, { ref: false });
  // Cutting requests off lets the orderly end come through, too; it was too late all the same.
  process.exitCode = 1;
  process.stderr.write(
    `switchboard: not done within ${shutdownTimeout} s (SHUTDOWN_TIMEOUT): requests were cut off\n`,
  );
  await Promise.race([stopPostgres().catch(() => {}), sleep(FORCED_STOP_MS)]);
  process.exit(1);
}
