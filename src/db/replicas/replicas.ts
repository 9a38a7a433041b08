import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../connection/account.js';
import type { ConnectionPool } from '../connection/connection-pool.js';
import type { Server } from '../connection/driver.js';
import { Marks } from './marks.js';
import { Replica, type ReplicaState } from './replica.js';
import { type Fallback, ReplicaReading } from './replica-reading.js';
import { WalClock } from './wal-clock.js';

/** A position in the primary's write-ahead log. */
export interface Place {
  epoch: string;
  lsn: bigint;
}

export interface ReplicasOptions {
  /** Without a pooler. */
  primary: Server;
  servers: readonly Server[];
  poolSize: number;
  /** Milliseconds for a statement. */
  timeout: number;
  /** Seconds; 0: only reads that name a place go to a replica. */
  maxLag: number;
}

export interface ReplicaFigures {
  name: string;
  state: ReplicaState;
  lag: { bytes: number; seconds: number } | null;
  pool: { size: number; inUse: number; waiting: number };
}

type ReplicaChanged = (replica: ReplicaFigures, before: ReplicaState | undefined) => void;

/** Milliseconds. */
const LOOK_EVERY = 200;
/** A read waits so long for a replica, which makes the next ones faster, before it goes to the primary. */
const WAIT = 25;

/**
 * Standbys that queries read from. One serves an organization only what is no older than anything that the organization has
 * been shown or has written here, or that its client names.
 */
export class Replicas {
  readonly counts = {
    reads: { primary: 0, replica: 0 },
    fallbacks: { away: 0, behind: 0, canceled: 0, failed: 0 } satisfies Record<Fallback, number>,
  };
  readonly #clock: WalClock;
  readonly #marks: Marks;
  readonly #replicas: readonly Replica[];
  readonly #maxLag: number;
  readonly #closing = new AbortController();
  readonly #reported = new Map<string, ReplicaState>();
  #changed: ReplicaChanged = () => {};
  #turn = 0;

  constructor({ primary, servers, poolSize, timeout, maxLag }: ReplicasOptions) {
    this.#maxLag = maxLag;
    this.#clock = new WalClock(primary, (first) => this.#marks.begin(first));
    this.#marks = new Marks(this.#clock);
    this.#replicas = servers.map(
      (server, index) =>
        new Replica({
          name: String(index + 1),
          server,
          clock: this.#clock,
          poolSize,
          timeout,
          maxLag: maxLag * 1_000,
        }),
    );
    void this.#follow();
  }

  get figures(): ReplicaFigures[] {
    return this.#replicas.map(({ name, state, lag, pool }) => {
      const { size, inUse, waiting } = pool.queue;
      return { name, state, lag, pool: { size, inUse, waiting } };
    });
  }

  /** Is called when the state of a replica is known, and when it changes. */
  onChange(changed: ReplicaChanged): void {
    this.#changed = changed;
    this.#reported.clear();
  }

  get pools(): ConnectionPool[] {
    return this.#replicas.map(({ pool }) => pool);
  }

  get statements(): number {
    return this.#replicas.reduce((sum, { pool }) => sum + pool.statements, 0);
  }

  /** Something was, or may have been, written; null if it is not known of which organization. */
  wrote(organization: string | null): void {
    this.#marks.touch(organization);
  }

  /** The organization is to see all that was committed up to this place; up to now, if the place is of another line. */
  require(organization: string, place: Place | null): void {
    if (place !== null && place.epoch === this.#clock.line?.epoch) this.#marks.raise(organization, place.lsn);
    else this.#marks.touch(organization);
  }

  /**
   * From where a query may read; null: from the primary.
   * @param hasPlace whether its client has named one
   */
  async choose(organization: string, hasPlace: boolean): Promise<ReplicaReading | null> {
    const found = await this.#find(organization, hasPlace);
    this.counts.reads[found === null ? 'primary' : 'replica'] += 1;
    return found;
  }

  /**
   * A place that is after all that the account's operation has been shown. Null if none is known: then it is now.
   */
  async placeOf({ organization, reading }: Pick<Account, 'organization' | 'reading'>): Promise<Place | null> {
    try {
      const isOnReplica = reading instanceof ReplicaReading && reading.source !== null;
      const lsn = (isOnReplica ? await this.#shownBy(reading) : null) ?? (await this.#clock.now()).lsn;
      const { line } = this.#clock;
      if (line !== null) {
        this.#marks.raise(organization, lsn);
        return { epoch: line.epoch, lsn };
      }
    } catch {
      // The primary or the replica is away.
    }
    this.#marks.touch(organization);
    return null;
  }

  /** The host name of the primary may lead to another server now. */
  renew(): void {
    this.#clock.renew();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#replicas, this.#clock].map((each) => each.close()));
  }

  /** Null if only the primary knows. */
  async #shownBy({ replica, standby }: ReplicaReading): Promise<bigint | null> {
    const now = await replica.look().catch(() => null);
    return now === standby ? standby.received : null;
  }

  async #find(organization: string, hasPlace: boolean): Promise<ReplicaReading | null> {
    if (this.#maxLag === 0 && !hasPlace) return null;
    const usable = this.#replicas.filter(({ isUsable }) => isUsable);
    if (usable.length === 0) return this.#fallBack('away');
    const lsn = await this.#marks.of(organization).catch(() => null);
    if (lsn === null) return this.#fallBack('failed');
    const ready = usable.filter((replica) => replica.has(lsn));
    const soon = ready.length > 0 ? [] : usable.filter((replica) => replica.mayReach(lsn));
    const [replica] = ready.length > 0 ? this.#inOrder(ready) : soon.sort(byProgress);
    if (replica === undefined) return this.#fallBack('behind');
    if (ready.length === 0 && !(await replica.reaches(lsn, WAIT))) return this.#fallBack('behind');
    const { standby } = replica;
    if (standby === null || !replica.isUsable || standby.replayed < lsn) return this.#fallBack('away');
    return new ReplicaReading(replica, standby, (why) => this.#fallBack(why));
  }

  #fallBack(why: Fallback): null {
    this.counts.fallbacks[why] += 1;
    return null;
  }

  /** The one with the least to do; those that have equally little, in turns. */
  #inOrder(replicas: Replica[]): Replica[] {
    this.#turn += 1;
    const turned = replicas.map((_, index) => replicas[(index + this.#turn) % replicas.length] as Replica);
    return turned.sort((one, other) => loadOf(one) - loadOf(other));
  }

  #report(): void {
    for (const figures of this.figures) {
      const { name, state } = figures;
      const before = this.#reported.get(name);
      if (before === state || this.#closing.signal.aborted) continue;
      this.#reported.set(name, state);
      this.#changed(figures, before);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#clock.look().catch(() => {});
      for (const replica of this.#replicas) void replica.follow().then((isDone) => isDone && this.#report());
      await sleep(LOOK_EVERY, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

const loadOf = ({ pool: { queue } }: Replica) => queue.inUse + queue.waiting;

const byProgress = (one: Replica, other: Replica) =>
  Number((other.standby?.replayed ?? 0n) - (one.standby?.replayed ?? 0n));
