/**
 * Memory that several parties share. A party has room as long as it holds no more than is left, so that there is always
 * something left for the others: alone it may have half, beside another one each a third.
 */
export class SharedMemory {
  /** Bytes. */
  readonly size: number;
  readonly #heldBy = new Map<string, number>();
  #held = 0;

  constructor(size: number) {
    this.size = size;
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  hasRoom(party: string): boolean {
    return (this.#heldBy.get(party) ?? 0) <= this.size - this.#held;
  }

  /** @param bytes negative for what is given back */
  hold(party: string, bytes: number): void {
    this.#held += bytes;
    const held = (this.#heldBy.get(party) ?? 0) + bytes;
    if (held > 0) this.#heldBy.set(party, held);
    else this.#heldBy.delete(party);
  }
}
