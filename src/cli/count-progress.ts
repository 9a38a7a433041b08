import { bar, pace, type Terminal, whole } from './progress.js';

/** Milliseconds between two lines: on a terminal, which shows the last one only, and elsewhere. */
const EVERY = { terminal: 200, elsewhere: 10_000 };

/** A total of null is not known. */
export function countLine(done: number, total: number | null, perSecond: number, unit: string): string {
  if (total === null) return [`${whole(done)} ${unit}`, ...pace(done, total, perSecond)].join('  ');
  // More may come meanwhile.
  const share = done >= total ? 1 : done / total;
  const shown = `${whole(done)} of ${whole(Math.max(done, total))} ${unit} (${Math.floor(share * 100)} %)`;
  return [bar(share), shown, ...pace(done, total, perSecond)].join('  ');
}

export class CountProgress {
  readonly #terminal: Terminal;
  readonly #total: number | null;
  readonly #unit: string;
  readonly #began: number;
  #shownAt: number;

  /** @param total may be an estimate */
  constructor(terminal: Terminal, total: number | null, unit: string, now = performance.now()) {
    this.#terminal = terminal;
    this.#total = total;
    this.#unit = unit;
    this.#began = now;
    this.#shownAt = now;
  }

  show(done: number, isOver: boolean, now = performance.now()): void {
    const { isTTY } = this.#terminal;
    if (!isOver && now - this.#shownAt < (isTTY ? EVERY.terminal : EVERY.elsewhere)) return;
    this.#shownAt = now;
    const total = isOver && this.#total !== null ? done : this.#total;
    const line = countLine(done, total, done / ((now - this.#began) / 1_000 || 1), this.#unit);
    this.#terminal.write(isTTY ? `\r\x1b[K${line}${isOver ? '\n' : ''}` : `${line}\n`);
  }
}
