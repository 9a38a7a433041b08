/** One key's and one organization's share while others are active, so that those find a slot free. */
const KEY_SHARE = 1 / 4;
const ORGANIZATION_SHARE = 3 / 4;
/** Longer turns (milliseconds) get a smaller share: they occupy the database or event loop after the slot is free. */
const LONG_TURN_MS = 25;
const LONG_TURN_SHARE = 1 / 8;
/** For keys that hold no slot: a single key might hold the rest for long. */
const RESERVED_SHARE = 1 / 8;

const CHECK_INTERVAL_MS = 100;
const CLEANUP_INTERVAL_MS = 1_000;

/** For shared statements and the gateway's own work. It queues, but does not count as a competitor. */
const SHARED = '';

const MIN_COST = 0.01;
const COST_WEIGHT = 1 / 4;

export interface FairQueueOptions {
  size: number;
  maxWaiting: number;
  /** Milliseconds that each may wait. */
  maxWait: number;
}

interface Party {
  inUse: number;
  waiting: number;
  next: number;
  readonly isCompetitor: boolean;
}

interface Organization extends Party {
  readonly keys: Map<string, Key>;
  time: number;
}

interface Key extends Party {
  readonly organization: Organization;
  readonly queue: Set<Waiting>;
  expectedCost: number;
  isActive: boolean;
}

/** Held until `leave`. */
export interface Slot {
  readonly key: Key;
  readonly since: number;
  readonly expectedCost: number;
}

interface Waiting {
  readonly since: number;
  settle(slot: Slot | null): void;
}

export interface Wait {
  slot: Promise<Slot | null>;
  cancel(): void;
}

/**
 * Fair between organizations first, then between the keys of one: the next slot goes to the one with the least slot
 * time (start-time fair queueing). When the queue is full, a request from a shorter queue displaces the last one of the
 * longest.
 */
export class FairQueue {
  readonly size: number;
  readonly #maxWaiting: number;
  readonly #maxWait: number;
  readonly #organizations = new Map<string, Organization>();
  #competingOrganizations = 0;
  #competingKeys = 0;
  #inUse = 0;
  #waiting = 0;
  #time = 0;
  #lateTimer: NodeJS.Timeout | undefined;
  #cleanupTimer: NodeJS.Timeout | undefined;

  constructor({ size, maxWaiting, maxWait }: FairQueueOptions) {
    this.size = size;
    this.#maxWaiting = maxWaiting;
    this.#maxWait = maxWait;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get parties(): { organizations: number; keys: number } {
    const organizations = [...this.#organizations.values()];
    return {
      organizations: organizations.length,
      keys: organizations.reduce((sum, { keys }) => sum + keys.size, 0),
    };
  }

  get isFull(): boolean {
    return this.#waiting >= this.#maxWaiting;
  }

  tryEnter(organization: string, key: string): Slot | null {
    if (this.#inUse >= this.size) return null;
    const entering = this.#keyOf(organization, key);
    return this.#mayEnter(entering) ? this.#grant(entering) : null;
  }

  isFullFor(organization: string, key: string): boolean {
    if (!this.isFull) return false;
    const entering = this.#keyOf(organization, key);
    if (this.#inUse < this.size && this.#mayEnter(entering)) return false;
    return this.#displacedBy(entering) === null;
  }

  wait(organization: string, key: string): Wait {
    const entering = this.#keyOf(organization, key);
    if (this.isFull) {
      const displaced = this.#displacedBy(entering);
      if (displaced === null) return { slot: Promise.resolve(null), cancel: () => {} };
      this.#refuse(displaced, [...displaced.queue].at(-1));
    }
    let waiting: Waiting | undefined;
    const slot = new Promise<Slot | null>((settle) => {
      waiting = { since: performance.now(), settle };
      entering.queue.add(waiting);
    });
    this.#count(entering, 1);
    this.#lateTimer ??= setInterval(() => this.#refuseLate(), CHECK_INTERVAL_MS).unref();
    this.#serve();
    return { slot, cancel: () => this.#refuse(entering, waiting) };
  }

  leave({ key, since, expectedCost }: Slot): void {
    const cost = Math.max(performance.now() - since, MIN_COST);
    key.expectedCost += (cost - key.expectedCost) * COST_WEIGHT;
    key.isActive = true;
    for (const party of [key, key.organization]) {
      party.inUse -= 1;
      party.next += cost - expectedCost;
    }
    this.#inUse -= 1;
    this.#serve();
  }

  #keyOf(name: string, keyName: string): Key {
    let organization = this.#organizations.get(name);
    if (organization === undefined) {
      organization = { keys: new Map(), time: 0, ...newParty(name, this.#time) };
      this.#organizations.set(name, organization);
      this.#competingOrganizations += Number(organization.isCompetitor);
    }
    let key = organization.keys.get(keyName);
    if (key === undefined) {
      const party = newParty(keyName, organization.time);
      key = { organization, queue: new Set(), expectedCost: MIN_COST, isActive: true, ...party };
      organization.keys.set(keyName, key);
      this.#competingKeys += Number(key.isCompetitor);
      this.#cleanupTimer ??= setInterval(() => this.#removeInactive(), CLEANUP_INTERVAL_MS).unref();
    }
    key.isActive = true;
    return key;
  }

  #mayEnter(key: Key): boolean {
    const { organization } = key;
    if (!organization.isCompetitor) return true;
    const hasOthers = this.#competingOrganizations > 1;
    if (key.inUse === 0) return !hasOthers || organization.inUse < Math.max(1, this.size - 1);
    if (this.#inUse >= this.size - Math.floor(this.size * RESERVED_SHARE)) return false;
    const otherKeys = this.#competingKeys - Number(key.isCompetitor);
    return (
      (otherKeys === 0 ||
        key.inUse < this.#share(key.expectedCost > LONG_TURN_MS ? LONG_TURN_SHARE : KEY_SHARE)) &&
      (!hasOthers || organization.inUse < this.#share(ORGANIZATION_SHARE))
    );
  }

  #share(share: number): number {
    return Math.max(1, Math.floor(this.size * share));
  }

  #grant(key: Key): Slot {
    const { organization, expectedCost } = key;
    this.#time = Math.max(this.#time, organization.next);
    organization.time = Math.max(organization.time, key.next);
    organization.next = this.#time + expectedCost;
    key.next = organization.time + expectedCost;
    key.inUse += 1;
    organization.inUse += 1;
    this.#inUse += 1;
    return { key, since: performance.now(), expectedCost };
  }

  #serve(): void {
    while (this.#waiting > 0 && this.#inUse < this.size) {
      const key = this.#nextKey();
      const [first] = key?.queue ?? [];
      if (key === null || first === undefined) return;
      key.queue.delete(first);
      this.#count(key, -1);
      first.settle(this.#grant(key));
    }
  }

  #nextKey(): Key | null {
    let found: Key | null = null;
    for (const organization of this.#organizations.values()) {
      if (found !== null && !isBefore(organization, found.organization, this.#time)) continue;
      if (organization.waiting > 0) found = this.#nextKeyOf(organization) ?? found;
    }
    return found;
  }

  #nextKeyOf({ keys, time }: Organization): Key | null {
    let found: Key | null = null;
    for (const key of keys.values()) {
      if (key.waiting === 0 || !this.#mayEnter(key)) continue;
      if (found === null || isBefore(key, found, time)) found = key;
    }
    return found;
  }

  #displacedBy(key: Key): Key | null {
    const { organization } = key;
    const longest = longestOf(this.#organizations.values());
    if (longest.waiting > organization.waiting + 1) return longestOf(longest.keys.values());
    const own = longestOf(organization.keys.values());
    return own.waiting > key.waiting + 1 ? own : null;
  }

  #refuse(key: Key, waiting: Waiting | undefined): void {
    if (waiting === undefined || !key.queue.delete(waiting)) return;
    this.#count(key, -1);
    waiting.settle(null);
  }

  #count(key: Key, more: 1 | -1): void {
    key.waiting += more;
    key.organization.waiting += more;
    this.#waiting += more;
  }

  #refuseLate(): void {
    const latest = performance.now() - this.#maxWait;
    for (const { keys, waiting } of this.#organizations.values()) {
      if (waiting === 0) continue;
      for (const key of keys.values()) {
        for (const each of key.queue) {
          if (each.since >= latest) break;
          this.#refuse(key, each);
        }
      }
    }
    if (this.#waiting > 0) return;
    clearInterval(this.#lateTimer);
    this.#lateTimer = undefined;
  }

  #removeInactive(): void {
    for (const [name, organization] of this.#organizations) {
      for (const [keyName, key] of organization.keys) {
        if (!isInactive(key)) continue;
        organization.keys.delete(keyName);
        this.#competingKeys -= Number(key.isCompetitor);
      }
      if (organization.keys.size > 0) continue;
      this.#organizations.delete(name);
      this.#competingOrganizations -= Number(organization.isCompetitor);
    }
    this.#serve();
    if (this.#organizations.size > 0) return;
    clearInterval(this.#cleanupTimer);
    this.#cleanupTimer = undefined;
  }
}

const newParty = (name: string, next: number): Party => ({
  inUse: 0,
  waiting: 0,
  next,
  isCompetitor: name !== SHARED,
});

const isBefore = (one: Party, other: Party, time: number) =>
  Math.max(one.next, time) < Math.max(other.next, time);

function longestOf<P extends Party>(parties: Iterable<P>): P {
  let longest: P | undefined;
  for (const party of parties) {
    if (longest === undefined || party.waiting > longest.waiting) longest = party;
  }
  if (longest === undefined) throw new Error('there is nothing to compare');
  return longest;
}

function isInactive(key: Key): boolean {
  if (key.inUse + key.waiting > 0) return false;
  const wasActive = key.isActive;
  key.isActive = false;
  return !wasActive;
}
