import type { IdentityService } from '../../identity/identity.service.js';
import type { Viewer } from '../../identity/viewer.js';

/** Milliseconds; a revoked key or a suspended organization is disconnected within a second. */
const CHECK_EVERY = 500;

export interface LiveLimits {
  liveMaxConnections: number;
  liveMaxSubscriptions: number;
}

/** @param hasMoved the key is good, but its organization is on another database now */
type SignOut = (hasMoved: boolean) => void;

interface KeyConnections {
  viewer: Viewer;
  connections: Map<SignOut, Date | null>;
  subscriptions: number;
}

export class LiveConnections {
  readonly #identity: IdentityService;
  readonly #limits: LiveLimits;
  readonly #failed: (error: unknown) => void;
  readonly #byKey = new Map<string, KeyConnections>();
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;

  constructor(identity: IdentityService, limits: LiveLimits, failed: (error: unknown) => void) {
    this.#identity = identity;
    this.#limits = limits;
    this.#failed = failed;
  }

  get counts(): { connections: number; subscriptions: number; keys: number } {
    const all = [...this.#byKey.values()];
    return {
      keys: all.length,
      connections: all.reduce((sum, { connections }) => sum + connections.size, 0),
      subscriptions: all.reduce((sum, { subscriptions }) => sum + subscriptions, 0),
    };
  }

  connect(viewer: Viewer, signOut: SignOut): (() => void) | null {
    const entry = this.#entryOf(viewer);
    if (entry.connections.size >= this.#limits.liveMaxConnections) return null;
    entry.connections.set(signOut, viewer.expiresAt ?? null);
    this.#checkSoon();
    return () => {
      if (entry.connections.delete(signOut)) this.#forgetIfUnused(entry);
    };
  }

  subscribe(viewer: Viewer): (() => void) | null {
    const entry = this.#entryOf(viewer);
    if (entry.subscriptions >= this.#limits.liveMaxSubscriptions) return null;
    entry.subscriptions += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      entry.subscriptions -= 1;
      this.#forgetIfUnused(entry);
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #entryOf(viewer: Viewer): KeyConnections {
    const entry = this.#byKey.get(viewer.keyId) ?? { viewer, connections: new Map(), subscriptions: 0 };
    this.#byKey.set(viewer.keyId, entry);
    return entry;
  }

  #forgetIfUnused({ viewer, connections, subscriptions }: KeyConnections): void {
    if (connections.size === 0 && subscriptions === 0) this.#byKey.delete(viewer.keyId);
  }

  #checkSoon(): void {
    this.#timer ??= setTimeout(() => this.#check(), CHECK_EVERY).unref();
  }

  #check(): void {
    this.#timer = undefined;
    this.#signOutExpired();
    // A slow database must not extend the life of a token.
    this.#checking ??= this.#checkKeys().finally(() => {
      this.#checking = undefined;
    });
    if (this.#byKey.size > 0) this.#checkSoon();
  }

  async #checkKeys(): Promise<void> {
    const viewers = [...this.#byKey.values()].map(({ viewer }) => viewer);
    try {
      const good = await this.#identity.validKeys(viewers);
      for (const { keyId, organization } of viewers) {
        const shard = good.get(keyId);
        if (shard === undefined) this.#signOut(keyId, false);
        else if (shard !== (organization.shard ?? 0)) this.#signOut(keyId, true);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  #signOut(keyId: string, hasMoved: boolean): void {
    for (const signOut of [...(this.#byKey.get(keyId)?.connections.keys() ?? [])]) signOut(hasMoved);
  }

  /** By the clock alone: the clock skew granted to requests must not extend a subscription. */
  #signOutExpired(): void {
    const now = Date.now();
    for (const { connections } of [...this.#byKey.values()]) {
      for (const [signOut, expiresAt] of [...connections]) {
        if (expiresAt !== null && expiresAt.getTime() <= now) signOut(false);
      }
    }
  }
}
