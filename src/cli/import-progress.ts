import type { CallImportRow } from '../db/tables/call-imports.js';
import { bar, pace, type Terminal, whole } from './progress.js';

export type Progress = Pick<CallImportRow, Counted | 'isAsking' | 'position' | 'lastError' | 'failingSince'>;
type Counted = 'seen' | 'total' | 'created' | 'updated' | 'failed' | 'toAsk' | 'asked';

/**
 * One line: what was read, of how many, at which time, how fast and how long still; once all calls are, the same of their
 * recordings and transcripts.
 */
export function progressLine(progress: Progress, perSecond: number, waitsFor: string | null): string {
  const { position, isAsking } = progress;
  const { done, total } = doneOf(progress);
  const parts: string[] = [];
  if (total !== null && total > 0) {
    const share = Math.min(1, done / total);
    parts.push(bar(share));
    parts.push(`${whole(done)} of ${whole(total)} (${Math.floor(share * 100)} %)`);
  } else parts.push(`${whole(done)} read`);
  if (isAsking) parts.push('recordings and transcripts');
  else if (position !== null) parts.push(`at ${position.toISOString().slice(0, 16).replace('T', ' ')}`);
  parts.push(...pace(done, total, perSecond));
  if (waitsFor !== null) parts.push(`waits: ${waitsFor.replaceAll(/\s+/g, ' ')}`);
  return parts.join('  ');
}

const doneOf = ({ isAsking, seen, total, asked, toAsk }: Progress) =>
  isAsking ? { done: asked, total: toAsk } : { done: seen, total };

export function summary(progress: Progress): string {
  const { seen, created, updated, failed, toAsk, asked, lastError } = progress;
  const parts = [`${whole(seen)} calls were read: ${whole(created)} are new, ${whole(updated)} were updated`];
  if (failed > 0) parts.push(`${whole(failed)} could not be read or written as a whole`);
  if (asked < toAsk) parts.push(`${whole(toAsk - asked)} were not asked for recordings and transcripts`);
  const isWhole = parts.length === 1;
  return `${parts.join(', ')}.${isWhole || lastError === null ? '' : ` The last problem: ${lastError}`}`;
}

/** Milliseconds between two lines where no terminal shows them. */
const EVERY = 10_000;

/** Shows an import: on a terminal in one line that changes, elsewhere in lines, at once when there is news. */
export class ProgressView {
  readonly #terminal: Terminal;
  #shownAt = Number.NEGATIVE_INFINITY;
  #shown = '';
  /** Of calls, and then of recordings: where it began to look. */
  #first: { isAsking: boolean; done: number; at: number } | null = null;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(progress: Progress, waitsFor: string | null, isOver: boolean, now = performance.now()): void {
    const { isAsking } = progress;
    const { done } = doneOf(progress);
    if (this.#first?.isAsking !== isAsking) this.#first = { isAsking, done, at: now };
    const perSecond = (done - this.#first.done) / ((now - this.#first.at) / 1_000 || 1);
    const line = progressLine(progress, perSecond, waitsFor);
    if (this.#terminal.isTTY) {
      // A line that wraps could not be written over.
      const columns = this.#terminal.columns || 80;
      const fitting = isOver || line.length < columns ? line : `${line.slice(0, columns - 2)}…`;
      this.#terminal.write(`\r\x1b[K${fitting}${isOver ? '\n' : ''}`);
      return;
    }
    const news = `${isAsking} ${waitsFor}`;
    if (!isOver && news === this.#shown && now - this.#shownAt <= EVERY) return;
    this.#shownAt = now;
    this.#shown = news;
    this.#terminal.write(`${line}\n`);
  }
}
