import type { WalClock, WalSample } from './wal-clock.js';

/** Moments are by performance.now(). */
interface Mark {
  /** Everything that was shown of the organization is before it, and all that was committed before `knownAt`. */
  lsn: bigint;
  knownAt: number;
  /** When something was written whose position is not known yet. */
  touchedAt: number;
}

const MOST_ORGANIZATIONS = 10_000;
const NEVER = Number.NEGATIVE_INFINITY;

/** How far a replica must be to show an organization nothing older than what it has been shown, or has written, here. */
export class Marks {
  readonly #clock: Pick<WalClock, 'after' | 'now'>;
  readonly #marks = new Map<string, Mark>();
  readonly #most: number;
  /** Of all organizations without a mark of their own. */
  #floor: Mark = { lsn: 0n, knownAt: NEVER, touchedAt: NEVER };
  #allTouchedAt = NEVER;

  constructor(clock: Pick<WalClock, 'after' | 'now'>, most = MOST_ORGANIZATIONS) {
    this.#clock = clock;
    this.#most = most;
  }

  /** Positions of an earlier line count no more. */
  begin({ lsn }: WalSample): void {
    this.#marks.clear();
    this.#floor = { lsn, knownAt: NEVER, touchedAt: NEVER };
    // Something may have been written since it was asked for.
    this.touch(null);
  }

  raise(organization: string, lsn: bigint): void {
    const mark = this.#markOf(organization);
    if (lsn > mark.lsn) mark.lsn = lsn;
  }

  /** All that was committed before now counts. Null: of any organization. */
  touch(organization: string | null): void {
    const now = performance.now();
    if (organization === null) this.#allTouchedAt = now;
    else this.#markOf(organization).touchedAt = now;
  }

  async of(organization: string): Promise<bigint> {
    const mark = this.#marks.get(organization) ?? this.#floor;
    const touchedAt = Math.max(mark.touchedAt, this.#allTouchedAt);
    if (touchedAt === NEVER || touchedAt < mark.knownAt) return mark.lsn;
    const { at, lsn } = this.#clock.after(touchedAt) ?? (await this.#clock.now());
    if (lsn > mark.lsn) mark.lsn = lsn;
    if (at > mark.knownAt) mark.knownAt = at;
    return mark.lsn;
  }

  #markOf(organization: string): Mark {
    const mark = this.#marks.get(organization) ?? { ...this.#floor };
    this.#marks.delete(organization);
    this.#marks.set(organization, mark);
    if (this.#marks.size > this.#most) this.#forgetOldest();
    return mark;
  }

  #forgetOldest(): void {
    for (const [organization, { lsn, touchedAt }] of this.#marks) {
      this.#marks.delete(organization);
      if (lsn > this.#floor.lsn) this.#floor.lsn = lsn;
      this.#floor.touchedAt = Math.max(touchedAt, this.#floor.touchedAt);
      return;
    }
  }
}
