import { timeLeft } from './import-progress.js';

const WIDTH = 20;
/** Milliseconds between two lines: on a terminal, which shows the last one only, and elsewhere. */
const EVERY = { terminal: 200, elsewhere: 10_000 };

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

export function exportLine(done: number, total: number, perSecond: number): string {
  // Calls may be joined meanwhile.
  const share = done >= total ? 1 : done / total;
  const full = Math.floor(share * WIDTH);
  const parts = [
    `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}]`,
    `${whole(done)} of ${whole(Math.max(done, total))} calls (${Math.floor(share * 100)} %)`,
  ];
  if (perSecond > 0) {
    parts.push(`${whole(perSecond)}/s`);
    if (total > done) parts.push(`${timeLeft((total - done) / perSecond)} left`);
  }
  return parts.join('  ');
}

export interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

export class ExportProgress {
  readonly #terminal: Terminal;
  readonly #total: number;
  readonly #began: number;
  #shownAt: number;

  constructor(terminal: Terminal, total: number, now = performance.now()) {
    this.#terminal = terminal;
    this.#total = total;
    this.#began = now;
    this.#shownAt = now;
  }

  show(done: number, isOver: boolean, now = performance.now()): void {
    const { isTTY } = this.#terminal;
    if (!isOver && now - this.#shownAt < (isTTY ? EVERY.terminal : EVERY.elsewhere)) return;
    this.#shownAt = now;
    const line = exportLine(done, this.#total, done / ((now - this.#began) / 1_000 || 1));
    this.#terminal.write(isTTY ? `\r\x1b[K${line}${isOver ? '\n' : ''}` : `${line}\n`);
  }
}
