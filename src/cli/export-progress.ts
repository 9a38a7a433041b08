import { bar, pace, type Terminal, whole } from './progress.js';

/** Milliseconds between two lines: on a terminal, which shows the last one only, and elsewhere. */
const EVERY = { terminal: 200, elsewhere: 10_000 };

export function exportLine(done: number, total: number, perSecond: number): string {
  // Calls may be joined meanwhile.
  const share = done >= total ? 1 : done / total;
  const shown = `${whole(done)} of ${whole(Math.max(done, total))} calls (${Math.floor(share * 100)} %)`;
  return [bar(share), shown, ...pace(done, total, perSecond)].join('  ');
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
