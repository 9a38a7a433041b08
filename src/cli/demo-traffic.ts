import type { Config } from '../config/config.js';
import { demoOrganization } from '../demo/demo-organization.js';
import type { TrafficOptions } from '../demo/traffic/traffic.js';
import type { Startup } from '../start/startup.js';
import { CallsProgress } from './calls-progress.js';
import { organizationSlug } from './key-options.js';
import { parseCommand, UsageError } from './usage.js';
import { withDatabase } from './with-database.js';

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

/** For batches of several kinds at the same time. */
const CONNECTIONS = 4;
const SHOWN_EVERY = 200;

/** Writes simulated calls, beside the gateways. */
export async function demoTraffic(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: OPTIONS });
  const slug = organizationSlug(values.organization ?? 'demo');
  const traffic = await import('../demo/traffic/traffic.js');
  const { MOST_CALLS, MOST_PER_SECOND, MOST_SPEED, DEFAULT_TRAFFIC, lastDay } = traffic;
  const isLive = values.live ?? false;
  if (isLive && values.day !== undefined) throw new UsageError('--day is not for --live');
  for (const name of ['per-second', 'speed'] as const) {
    if (!isLive && values[name] !== undefined) throw new UsageError(`--${name} is for --live`);
  }
  const number = (name: 'seed' | 'calls' | 'per-second' | 'speed', least: number, most: number) => {
    const given = values[name];
    if (given === undefined) return null;
    const value = /^\d+$/.test(given) ? Number(given) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new UsageError(`--${name} must be a whole number from ${least} to ${most.toLocaleString('en-US')}`);
  };
  const day = values.day ?? lastDay();
  if (!isPast(day, lastDay()))
    throw new UsageError('--day must be a date of UTC before today, as 2026-01-31');
  const calls = number('calls', 1, MOST_CALLS);
  const options: TrafficOptions = {
    seed: number('seed', 0, Number.MAX_SAFE_INTEGER) ?? (isLive ? Date.now() : DEFAULT_TRAFFIC.seed),
    calls: calls ?? (isLive ? null : DEFAULT_TRAFFIC.calls),
    day: isLive ? null : day,
    perSecond: number('per-second', 1, MOST_PER_SECOND) ?? DEFAULT_TRAFFIC.perSecond,
    speed: number('speed', 1, MOST_SPEED) ?? DEFAULT_TRAFFIC.speed,
  };
  const run = async (...[database, server]: Parameters<Parameters<typeof withDatabase<string>>[2]>) => {
    const { organization, isNew } = await demoOrganization(database, slug);
    const secretsKeys = await server.secretsKeys();
    const running = new traffic.Traffic({ ...config, secretsKeys }, database, organization, options);
    startup.onClose(() => running.stop());
    const progress = new CallsProgress(process.stderr, options.calls);
    const shown = setInterval(() => progress.show(running.calls, false), SHOWN_EVERY);
    try {
      await running.ended;
    } finally {
      clearInterval(shown);
    }
    progress.show(running.calls, true);
    const [refused] = running.refused;
    if (refused !== undefined)
      throw new Error(`${running.refused.length} writes were refused, the first: ${refused}`);
    return [
      `${running.calls.toLocaleString('en-US')} calls of ${options.day ?? 'now'} are in the organization ${slug}`,
      ` (seed ${options.seed}, ${running.writes.toLocaleString('en-US')} writes).\n`,
      isNew
        ? `Make a key for it: switchboard keys create --organization ${slug} --name me --scopes all\n`
        : '',
    ].join('');
  };
  return withDatabase(config, startup, run, CONNECTIONS);
}

function isPast(day: string, last: string): boolean {
  const date = /^\d{4}-\d\d-\d\d$/.test(day) ? new Date(`${day}T00:00:00Z`) : new Date(Number.NaN);
  // 30 February would be a date of March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day) && day <= last;
}
