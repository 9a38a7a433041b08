import type { RequestedFields } from '../db/loading/loader-set.js';

/**
 * Loaders cache, so they are replaced for each field of a mutation, and when an operation is executed a second time.
 */
export class Reads<Loaders> {
  readonly #newLoaders: (requestedFields: RequestedFields) => Loaders;
  #requestedFields: RequestedFields = null;
  #loaders: Loaders;

  constructor(newLoaders: (requestedFields: RequestedFields) => Loaders) {
    this.#newLoaders = newLoaders;
    this.#loaders = newLoaders(null);
  }

  get loaders(): Loaders {
    return this.#loaders;
  }

  get requestedFields(): RequestedFields {
    return this.#requestedFields;
  }

  /** Where the database is away, an operation that is executed anew does not wait for it again. */
  fail(error: unknown): void {
    const loader = { load: () => Promise.reject(error) };
    this.#loaders = new Proxy({}, { get: () => loader }) as Loaders;
  }

  reset(requestedFields: RequestedFields): void {
    this.#requestedFields = requestedFields;
    this.#loaders = this.#newLoaders(requestedFields);
  }
}
