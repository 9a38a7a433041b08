import { createHash } from 'node:crypto';

const WORD = 2 ** 32;

/**
 * Draws from SHA-256 in counter mode. Each story has a source of its own, named by the seed and its number, so that it is
 * the same whatever was drawn for others; generators with a state would all have to be run from the first draw on.
 */
export class Random {
  readonly #name: string;
  #block = 0;
  #bytes = Buffer.alloc(0);

  constructor(...name: (string | number)[]) {
    this.#name = name.join(' ');
  }

  /** From 0, inclusive, to 1, exclusive. */
  unit(): number {
    return this.#take(4).readUInt32BE() / WORD;
  }

  /** Both inclusive. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.unit() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.integer(0, items.length - 1)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  /** By their weights, whose sum may be any. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let left = this.unit() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of entries) {
      left -= weight;
      if (left < 0) return item;
    }
    return (entries.at(-1) as [T, number])[0];
  }

  /** As lengths of calls are: many near the median, few that are much longer. Log-normal. */
  around(median: number, spread = 0.5): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
    return median * Math.exp(spread * normal);
  }

  digits(count: number): string {
    return Array.from({ length: count }, () => this.integer(0, 9)).join('');
  }

  hex(characters: number): string {
    return this.#take(Math.ceil(characters / 2))
      .toString('hex')
      .slice(0, characters);
  }

  /** Of version 4. */
  uuid(): string {
    const hex = this.hex(32);
    const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  #take(bytes: number): Buffer {
    while (this.#bytes.length < bytes) {
      const more = createHash('sha256').update(`${this.#name} ${this.#block}`).digest();
      this.#block += 1;
      this.#bytes = Buffer.concat([this.#bytes, more]);
    }
    const taken = this.#bytes.subarray(0, bytes);
    this.#bytes = this.#bytes.subarray(bytes);
    return taken;
  }
}
