/** Of the places, what one key and one organization may hold while others are about, so that those find one free. */
const KEY_SHARE = 1 / 2;
const ORGANIZATION_SHARE = 3 / 4;
/** The same for a key whose turns take more than so many milliseconds: they keep what is behind the places busy, too. */
const LONG = 25;
const LONG_SHARE = 1 / 8;
/** What is kept for keys that hold no place: who is alone may hold the rest for long when another one comes. */
const RESERVE = 1 / 8;

/** Milliseconds between two looks at who has waited too long, and between two at who has not been about since the last. */
const LOOK_EVERY = 100;
const FORGET_EVERY = 1_000;

/** The name of what several share, and of the gateway's own work: it has its turn, but counts as nobody beside others. */
const SHARED = '';

/** The least that a turn costs: what costs nothing would come first for ever. */
const LEAST_COST = 0.01;
/** How much the last turn weighs in what the next is expected to cost. */
const NEWS = 1 / 4;

export interface FairQueueOptions {
  /** How many are served at once. */
  size: number;
  /** How many may wait. */
  maxWaiting: number;
  /** Milliseconds that each waits at most. */
  patience: number;
}

/** Who gets turns of its own: an organization among the others, and a key among those of its organization. */
interface Party {
  inUse: number;
  waiting: number;
  /** Where its next turn begins in the virtual time of its peers: what it has used, from where it came in. */
  next: number;
  /** Whether it counts as somebody beside others. */
  readonly isSomebody: boolean;
}

interface Organization extends Party {
  readonly keys: Map<string, Key>;
  /** The virtual time of its keys: where the last turn began that one of them was given. */
  time: number;
}

interface Key extends Party {
  readonly organization: Organization;
  readonly line: Set<Waiting>;
  /** What its turns cost lately. */
  expected: number;
  /** Whether it was about since the last look. */
  isRecent: boolean;
}

/** A place that is held until `leave`. */
export interface Place {
  readonly key: Key;
  /** When it was given, as performance.now() has it, and what it was expected to cost. */
  readonly since: number;
  readonly expected: number;
}

interface Waiting {
  readonly since: number;
  settle(place: Place | null): void;
}

/** A wait for a place: null where it was in vain. */
export interface Wait {
  place: Promise<Place | null>;
  /** Ends the wait: nobody wants the place any more. */
  giveUp(): void;
}

/**
 * A line for a number of places that is fair between organizations first, and between the keys of one second: the next
 * place is for the one who has had the least, by the time for which places were held (start-time fair queueing, with the
 * cost corrected when it is known). Within a key the first to come is first. While others are about, a key holds at most
 * half of the places, an eighth where its turns take long, and an organization three quarters; one who is alone may have
 * all but an eighth, which is kept for newcomers. When the line is full, one who waits in a shorter line displaces the
 * last of the longest. Choosing takes as long as there are organizations and keys that wait.
 */
export class FairQueue {
  readonly size: number;
  readonly #maxWaiting: number;
  readonly #patience: number;
  readonly #organizations = new Map<string, Organization>();
  /** Those who count as somebody. */
  #someOrganizations = 0;
  #someKeys = 0;
  #inUse = 0;
  #waiting = 0;
  #time = 0;
  #looking: NodeJS.Timeout | undefined;
  #forgetting: NodeJS.Timeout | undefined;

  constructor({ size, maxWaiting, patience }: FairQueueOptions) {
    this.size = size;
    this.#maxWaiting = maxWaiting;
    this.#patience = patience;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** How many organizations and keys are, or were a moment ago, about. */
  get parties(): { organizations: number; keys: number } {
    const organizations = [...this.#organizations.values()];
    return {
      organizations: organizations.length,
      keys: organizations.reduce((sum, { keys }) => sum + keys.size, 0),
    };
  }

  /** Whether so many wait that no more may, unless another gives way. */
  get isFull(): boolean {
    return this.#waiting >= this.#maxWaiting;
  }

  /** A place, if there is one for this key now; then `leave` is due. */
  tryEnter(organization: string, key: string): Place | null {
    if (this.#inUse >= this.size) return null;
    const entering = this.#keyOf(organization, key);
    return this.#mayEnter(entering) ? this.#give(entering) : null;
  }

  /** Whether a key that has to wait would be turned away at once. */
  isFullFor(organization: string, key: string): boolean {
    if (!this.isFull) return false;
    const entering = this.#keyOf(organization, key);
    if (this.#inUse < this.size && this.#mayEnter(entering)) return false;
    return this.#displacedBy(entering) === null;
  }

  /** Waits for a place; then `leave` is due. */
  wait(organization: string, key: string): Wait {
    const entering = this.#keyOf(organization, key);
    if (this.isFull) {
      const displaced = this.#displacedBy(entering);
      if (displaced === null) return { place: Promise.resolve(null), giveUp: () => {} };
      this.#refuse(displaced, [...displaced.line].at(-1));
    }
    let waiting: Waiting | undefined;
    const place = new Promise<Place | null>((settle) => {
      waiting = { since: performance.now(), settle };
      entering.line.add(waiting);
    });
    this.#count(entering, 1);
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY).unref();
    this.#serve();
    return { place, giveUp: () => this.#refuse(entering, waiting) };
  }

  leave({ key, since, expected }: Place): void {
    const cost = Math.max(performance.now() - since, LEAST_COST);
    key.expected += (cost - key.expected) * NEWS;
    key.isRecent = true;
    for (const party of [key, key.organization]) {
      party.inUse -= 1;
      party.next += cost - expected;
    }
    this.#inUse -= 1;
    this.#serve();
  }

  #keyOf(name: string, keyName: string): Key {
    let organization = this.#organizations.get(name);
    if (organization === undefined) {
      organization = { keys: new Map(), time: 0, ...newParty(name, this.#time) };
      this.#organizations.set(name, organization);
      this.#someOrganizations += Number(organization.isSomebody);
    }
    let key = organization.keys.get(keyName);
    if (key === undefined) {
      const party = newParty(keyName, organization.time);
      key = { organization, line: new Set(), expected: LEAST_COST, isRecent: true, ...party };
      organization.keys.set(keyName, key);
      this.#someKeys += Number(key.isSomebody);
      this.#forgetting ??= setInterval(() => this.#forget(), FORGET_EVERY).unref();
    }
    key.isRecent = true;
    return key;
  }

  /** Whether the key may hold one more of the places, if one is free. */
  #mayEnter(key: Key): boolean {
    const { organization } = key;
    if (!organization.isSomebody) return true;
    const others = this.#someOrganizations > 1;
    if (key.inUse === 0) return !others || organization.inUse < Math.max(1, this.size - 1);
    if (this.#inUse >= this.size - Math.floor(this.size * RESERVE)) return false;
    const otherKeys = this.#someKeys - Number(key.isSomebody);
    return (
      (otherKeys === 0 || key.inUse < this.#share(key.expected > LONG ? LONG_SHARE : KEY_SHARE)) &&
      (!others || organization.inUse < this.#share(ORGANIZATION_SHARE))
    );
  }

  #share(share: number): number {
    return Math.max(1, Math.floor(this.size * share));
  }

  #give(key: Key): Place {
    const { organization, expected } = key;
    this.#time = Math.max(this.#time, organization.next);
    organization.time = Math.max(organization.time, key.next);
    organization.next = this.#time + expected;
    key.next = organization.time + expected;
    key.inUse += 1;
    organization.inUse += 1;
    this.#inUse += 1;
    return { key, since: performance.now(), expected };
  }

  /** Gives the free places to those who wait, as long as one of them may have it. */
  #serve(): void {
    while (this.#waiting > 0 && this.#inUse < this.size) {
      const key = this.#nextKey();
      const [first] = key?.line ?? [];
      if (key === null || first === undefined) return;
      key.line.delete(first);
      this.#count(key, -1);
      first.settle(this.#give(key));
    }
  }

  /** Whose turn it is among those who wait, and may hold one more place. */
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

  /** The key with the longest line, where that of the other is shorter even with one more; its organization's counts first. */
  #displacedBy(key: Key): Key | null {
    const { organization } = key;
    const longest = longestOf(this.#organizations.values());
    if (longest.waiting > organization.waiting + 1) return longestOf(longest.keys.values());
    const own = longestOf(organization.keys.values());
    return own.waiting > key.waiting + 1 ? own : null;
  }

  #refuse(key: Key, waiting: Waiting | undefined): void {
    if (waiting === undefined || !key.line.delete(waiting)) return;
    this.#count(key, -1);
    waiting.settle(null);
  }

  #count(key: Key, more: 1 | -1): void {
    key.waiting += more;
    key.organization.waiting += more;
    this.#waiting += more;
  }

  /** Refuses those who have waited too long. */
  #look(): void {
    const latest = performance.now() - this.#patience;
    for (const { keys, waiting } of this.#organizations.values()) {
      if (waiting === 0) continue;
      for (const key of keys.values()) {
        for (const each of key.line) {
          if (each.since >= latest) break;
          this.#refuse(key, each);
        }
      }
    }
    if (this.#waiting > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  /** Forgets those who are no longer about; the others may have more then. */
  #forget(): void {
    for (const [name, organization] of this.#organizations) {
      for (const [keyName, key] of organization.keys) {
        if (!isGone(key)) continue;
        organization.keys.delete(keyName);
        this.#someKeys -= Number(key.isSomebody);
      }
      if (organization.keys.size > 0) continue;
      this.#organizations.delete(name);
      this.#someOrganizations -= Number(organization.isSomebody);
    }
    this.#serve();
    if (this.#organizations.size > 0) return;
    clearInterval(this.#forgetting);
    this.#forgetting = undefined;
  }
}

const newParty = (name: string, next: number): Party => ({
  inUse: 0,
  waiting: 0,
  next,
  isSomebody: name !== SHARED,
});

const isBefore = (one: Party, other: Party, time: number) =>
  Math.max(one.next, time) < Math.max(other.next, time);

function longestOf<P extends Party>(parties: Iterable<P>): P {
  let longest: P | undefined;
  for (const party of parties) {
    if (longest === undefined || party.waiting > longest.waiting) longest = party;
  }
  if (longest === undefined) throw new Error('there is nobody to compare');
  return longest;
}

/** Asks who is about by the clock: once without a turn or a wait since the last time. */
function isGone(key: Key): boolean {
  if (key.inUse + key.waiting > 0) return false;
  const wasRecent = key.isRecent;
  key.isRecent = false;
  return !wasRecent;
}
