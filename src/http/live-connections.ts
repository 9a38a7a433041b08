import type { IdentityService } from '../identity/identity.service.js';
import type { Viewer } from '../identity/viewer.js';

/** Milliseconds between two looks whether the keys are good: one that is revoked is out within a second. */
const CHECK_EVERY = 500;
/** What all connections without a good key count as. */
const ANONYMOUS = '';

export interface LiveLimits {
  liveMaxConnections: number;
  liveMaxSubscriptions: number;
}

/** Ends a connection whose key or token is no longer good. */
type SignOut = () => void;

interface Holder {
  viewer: Viewer | null;
  /** Each with the time when its token ends; null for a key, which is asked about. */
  connections: Map<SignOut, Date | null>;
  subscriptions: number;
}

/** Who has connections open, and how many; each key and token is checked as long as it has one. */
export class LiveConnections {
  readonly #identity: IdentityService;
  readonly #limits: LiveLimits;
  readonly #failed: (error: unknown) => void;
  readonly #holders = new Map<string, Holder>();
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;

  constructor(identity: IdentityService, limits: LiveLimits, failed: (error: unknown) => void) {
    this.#identity = identity;
    this.#limits = limits;
    this.#failed = failed;
  }

  get counts(): { connections: number; subscriptions: number; keys: number } {
    const holders = [...this.#holders.values()];
    return {
      keys: holders.length,
      connections: holders.reduce((sum, { connections }) => sum + connections.size, 0),
      subscriptions: holders.reduce((sum, { subscriptions }) => sum + subscriptions, 0),
    };
  }

  /** Answers with what is to be called when the connection is closed; null where the key has as many as it may. */
  connect(viewer: Viewer | null, signOut: SignOut): (() => void) | null {
    const holder = this.#holderOf(viewer);
    if (holder.connections.size >= this.#limits.liveMaxConnections) return null;
    holder.connections.set(signOut, viewer?.expiresAt ?? null);
    if (viewer !== null) this.#checkSoon();
    return () => {
      if (holder.connections.delete(signOut)) this.#forgetIfUnused(holder);
    };
  }

  /** The same for a subscription on one of the key's connections. */
  subscribe(viewer: Viewer): (() => void) | null {
    const holder = this.#holderOf(viewer);
    if (holder.subscriptions >= this.#limits.liveMaxSubscriptions) return null;
    holder.subscriptions += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      holder.subscriptions -= 1;
      this.#forgetIfUnused(holder);
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #holderOf(viewer: Viewer | null): Holder {
    const key = viewer?.keyId ?? ANONYMOUS;
    const holder = this.#holders.get(key) ?? { viewer, connections: new Map(), subscriptions: 0 };
    this.#holders.set(key, holder);
    return holder;
  }

  #forgetIfUnused({ viewer, connections, subscriptions }: Holder): void {
    if (connections.size === 0 && subscriptions === 0) this.#holders.delete(viewer?.keyId ?? ANONYMOUS);
  }

  #checkSoon(): void {
    this.#timer ??= setTimeout(() => this.#check(), CHECK_EVERY).unref();
  }

  #check(): void {
    this.#timer = undefined;
    this.#signOutExpired();
    // A database that keeps us waiting makes no token last longer.
    this.#checking ??= this.#checkKeys().finally(() => {
      this.#checking = undefined;
    });
    if ([...this.#holders.values()].some(({ viewer }) => viewer !== null)) this.#checkSoon();
  }

  async #checkKeys(): Promise<void> {
    const keys = [...this.#holders.values()].flatMap(({ viewer }) =>
      viewer !== null && viewer.expiresAt === undefined ? viewer : [],
    );
    try {
      const good = await this.#identity.goodKeys(keys);
      for (const { keyId } of keys) if (!good.has(keyId)) this.#signOut(keyId);
    } catch (error) {
      // Nobody can say whether a key is good; nobody can revoke one either.
      this.#failed(error);
    }
  }

  #signOut(keyId: string): void {
    for (const signOut of [...(this.#holders.get(keyId)?.connections.keys() ?? [])]) signOut();
  }

  /** By the clock alone: the skew that a request is granted makes no subscription longer. */
  #signOutExpired(): void {
    const now = Date.now();
    for (const { connections } of [...this.#holders.values()]) {
      for (const [signOut, expiresAt] of [...connections]) {
        if (expiresAt !== null && expiresAt.getTime() <= now) signOut();
      }
    }
  }
}
