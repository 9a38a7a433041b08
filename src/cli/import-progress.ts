import type { CallImportRow } from '../db/tables/call-imports.js';

export type Progress = Pick<
  CallImportRow,
  'seen' | 'total' | 'created' | 'updated' | 'failed' | 'position' | 'lastError' | 'failingSince'
>;

const WIDTH = 20;

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

/** One line: what was read, of how many, at which time, how fast and how long still. */
export function progressLine(
  { seen, total, position, lastError, failingSince }: Progress,
  perSecond: number,
): string {
  const parts: string[] = [];
  if (total !== null && total > 0) {
    const share = Math.min(1, seen / total);
    const full = Math.floor(share * WIDTH);
    parts.push(`[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}]`);
    parts.push(`${whole(seen)} of ${whole(total)} (${Math.floor(share * 100)} %)`);
  } else parts.push(`${whole(seen)} read`);
  if (position !== null) parts.push(`at ${position.toISOString().slice(0, 16).replace('T', ' ')}`);
  if (perSecond > 0) {
    parts.push(`${whole(perSecond)}/s`);
    if (total !== null && total > seen) parts.push(`${timeLeft((total - seen) / perSecond)} left`);
  }
  if (failingSince !== null && lastError !== null) parts.push(`waits: ${lastError.replaceAll(/\s+/g, ' ')}`);
  return parts.join('  ');
}

export function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const summary = ({ seen, created, updated, failed, lastError }: Progress): string =>
  `${whole(seen)} calls were read: ${whole(created)} are new, ${whole(updated)} were updated` +
  (failed === 0 ? '.' : `, ${whole(failed)} could not be written. The last one: ${lastError}`);
