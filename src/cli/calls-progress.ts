import { bar, pace, type Terminal, whole } from './progress.js';

/** Milliseconds between two lines: on a terminal, which shows the last one only, and elsewhere. */
const EVERY = { terminal: 200, elsewhere: 10_000 };

/** A total of null is not known. */
export function callsLine(done: number, total: number | null, perSecond: number): string {
  if (total === null) return [`${whole(done)} calls`, ...pace(done, total, perSecond)].join('  ');
  // Calls may be joined meanwhile.
  const share = done >= total ? 1 : done / total;
  const shown = `${whole(done)} of ${whole(Math.max(done, total))} calls (${Math.floor(share * 100)} %)`;
  return [bar(share), shown, ...pace(done, total, perSecond)].join('  ');
}

export class CallsProgress {
  readonly #terminal: Terminal;
  readonly #total: number | null;
  readonly #began: number;
  #shownAt: number;

  constructor(terminal: Terminal, total: number | null, now = performance.now()) {
    this.#terminal = terminal;
    this.#total = total;
    this.#began = now;
    this.#shownAt = now;
  }

  show(done: number, isOver: boolean, now = performance.now()): void {
    const { isTTY } = this.#terminal;
    if (!isOver && now - this.#shownAt < (isTTY ? EVERY.terminal : EVERY.elsewhere)) return;
    this.#shownAt = now;
    const line = callsLine(done, this.#total, done / ((now - this.#began) / 1_000 || 1));
    this.#terminal.write(isTTY ? `\r\x1b[K${line}${isOver ? '\n' : ''}` : `${line}\n`);
  }
}
