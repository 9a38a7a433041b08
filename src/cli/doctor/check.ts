import type { SQL } from 'drizzle-orm';
import type { Config } from '../../config/config.js';
import type { DatabaseHealth } from '../../db/connection/health.js';
import type { Database } from '../../db/database.js';

export type Level = 'ok' | 'warning' | 'problem';

export interface Finding {
  level: Exclude<Level, 'ok'>;
  message: string;
  /** What to do. */
  advice: string;
}

export interface Probe {
  database: Database;
  config: Config;
  /** By the clock of the gateway. */
  now(): number;
}

export interface CheckedProbe extends Probe {
  /** Asked once for all checks. */
  health(): Promise<DatabaseHealth>;
}

export interface Check {
  name: string;
  /** What is said if nothing is found. */
  ok: string;
  look(probe: CheckedProbe): Promise<Finding[]>;
}

export async function rowsOf<Row extends object>({ database }: Probe, query: SQL): Promise<Row[]> {
  return (await database.db.execute(query)) as unknown as Row[];
}

export const warning = (message: string, advice: string): Finding => ({ level: 'warning', message, advice });
export const problem = (message: string, advice: string): Finding => ({ level: 'problem', message, advice });

const MOST_NAMED = 5;

/** The first few, and how many more. */
export function named(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export const seconds = (value: number): string =>
  value < 120
    ? `${Math.round(value)} s`
    : value < 7_200
      ? `${Math.round(value / 60)} min`
      : `${Math.round(value / 3_600)} h`;

export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const at = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, value)) / 10));
  return `${at === 0 ? value : (value / 1024 ** at).toFixed(1)} ${units[at]}`;
}
