import type { Config } from '../config/config.js';
import { demoOrganization } from '../demo/demo-organization.js';
import { trafficOptions, WrongOption } from '../demo/traffic/traffic-options.js';
import { burkiUrlAt } from '../demo/traffic/vendor-accounts.js';
import type { Startup } from '../start/startup.js';
import { CountProgress } from './count-progress.js';
import { organizationSlug } from './key-options.js';
import { parseCommand, UsageError } from './usage.js';
import { withDatabases } from './with-database.js';

const text = { type: 'string' } as const;
const OPTIONS = {
  organization: text,
  seed: text,
  calls: text,
  day: text,
  live: { type: 'boolean' },
  'per-second': text,
  speed: text,
} as const;

const NUMBERS = [
  ['seed', 'seed'],
  ['calls', 'calls'],
  ['perSecond', 'per-second'],
  ['speed', 'speed'],
] as const;

/** For batches of several kinds at the same time. */
const CONNECTIONS = 4;
const SHOWN_EVERY = 200;

/** Writes simulated calls, beside the gateways. */
export async function demoTraffic(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: OPTIONS });
  const slug = organizationSlug(values.organization ?? 'demo');
  const { live, day } = values;
  const numbers = NUMBERS.map(([name, option]) => [
    name,
    values[option] == null ? null : Number(values[option] || '-'),
  ]);
  const options = orUsage(() => trafficOptions({ live, day, ...Object.fromEntries(numbers) }));
  const { Traffic } = await import('../demo/traffic/traffic.js');
  const run = async (...[databases, server]: Parameters<Parameters<typeof withDatabases<string>>[2]>) => {
    const { organization, shard, isNew } = await demoOrganization(databases.first, slug);
    const database = await databases.at(shard);
    const secretsKeys = await server.secretsKeys();
    const burkiUrl = config.databaseUrl ? null : burkiUrlAt(config.port);
    const where = { config: { ...config, secretsKeys }, database, organization, burkiUrl };
    const running = new Traffic(where, options);
    if (options.day === null) startup.onInterrupt(() => running.stop());
    const progress = new CountProgress(process.stderr, options.calls, 'calls');
    const shown = setInterval(() => progress.show(running.calls, false), SHOWN_EVERY);
    try {
      await running.ended;
    } finally {
      clearInterval(shown);
    }
    progress.show(running.calls, true);
    if (running.refused > 0) {
      throw new Error(`${running.refused} writes were refused, the first: ${running.problem}`);
    }
    return [
      `${running.calls.toLocaleString('en-US')} calls of ${options.day ?? 'now'} are in the organization ${slug}`,
      ` (seed ${options.seed}, ${running.writes.toLocaleString('en-US')} writes).\n`,
      isNew
        ? `Make a key for it: switchboard keys create --organization ${slug} --name me --scopes all\n`
        : '',
    ].join('');
  };
  return withDatabases(config, startup, run, CONNECTIONS);
}

function orUsage<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof WrongOption)) throw error;
    const [, option = error.option] = NUMBERS.find(([name]) => name === error.option) ?? [];
    throw new UsageError(`--${option} ${error.message}`);
  }
}
