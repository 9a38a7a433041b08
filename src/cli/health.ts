import { isIPv6 } from 'node:net';
import type { Config } from '../config/config.js';
import { StartError } from '../foundation/start-error.js';
import { parseCommand } from './usage.js';

const TIMEOUT_MS = 5_000;
/** What a gateway listens on to be reached at any address of its machine, and one of those. */
const LOOPBACK: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

interface Report {
  status: string;
  version?: string;
  checks: Record<string, unknown>;
}

/** Asks the gateway that runs with these settings whether it is ready. @throws StartError if it is not */
export async function health(args: string[], { host, port }: Pick<Config, 'host' | 'port'>): Promise<string> {
  parseCommand({ args });
  if (port === 0)
    throw new StartError('PORT must be that of the running gateway: with 0 it took any free one');
  const address = LOOPBACK[host] ?? host;
  const origin = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  const { status, version, checks } = await reportOf(origin);
  if (status !== 'ready') throw new StartError(`the gateway at ${origin} is ${status}: ${failed(checks)}`);
  return `The gateway ${version} at ${origin} is ready.\n`;
}

async function reportOf(origin: string): Promise<Report> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(`${origin}/health/ready`, { signal }).catch((error: Error) => {
    const { message } = error.cause instanceof Error ? error.cause : error;
    throw new StartError(`no gateway answers at ${origin} (HOST, PORT): ${message}`);
  });
  const report = (await response.json().catch(() => null)) as Report | null;
  if (typeof report?.checks === 'object') return report;
  throw new StartError(
    `what answers at ${origin} (HOST, PORT) is no gateway: HTTP status ${response.status}`,
  );
}

const failed = (checks: Report['checks']): string =>
  Object.entries(checks)
    .filter(([, value]) => value !== 'ok' && value !== false)
    .map(([name, value]) => (value === true ? name : `${name} ${value}`))
    .join(', ');
