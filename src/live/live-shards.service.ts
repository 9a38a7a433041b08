import type { Viewer } from '../identity/viewer.js';
import type { LiveService } from './live.service.js';
import type { AnyHandle, Subscriber } from './subscription-handle.js';

/** The subscriptions of all databases: each is followed where its organization is. */
export class LiveShards {
  readonly #of: (viewer: Viewer) => LiveService;
  readonly #all: readonly LiveService[];

  constructor(all: readonly LiveService[], of: (viewer: Viewer) => LiveService) {
    this.#all = all;
    this.#of = of;
  }

  get counts(): LiveService['counts'] {
    const all = this.#all.map(({ counts }) => counts);
    const sum = (name: keyof LiveService['counts']) => all.reduce((total, each) => total + each[name], 0);
    return {
      subscribers: sum('subscribers'),
      organizations: sum('organizations'),
      audiences: sum('audiences'),
      admitted: sum('admitted'),
    };
  }

  subscribe(viewer: Viewer, subscription: AnyHandle, subscriber: Subscriber): () => void {
    return this.#of(viewer).subscribe(subscription, subscriber);
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((live) => live.close()));
  }
}
