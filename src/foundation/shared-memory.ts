/** A party holds at most what is left free: alone up to half, two a third each. */
export class SharedMemory {
  readonly size: number;
  readonly #heldBy = new Map<string, number>();
  #held = 0;

  constructor(size: number) {
    this.size = size;
  }

  get held(): number {
    return this.#held;
  }

  hasSpace(party: string): boolean {
    return (this.#heldBy.get(party) ?? 0) <= this.size - this.#held;
  }

  /** @param bytes negative to release */
  hold(party: string, bytes: number): void {
    this.#held += bytes;
    const held = (this.#heldBy.get(party) ?? 0) + bytes;
    if (held > 0) this.#heldBy.set(party, held);
    else this.#heldBy.delete(party);
  }
}
