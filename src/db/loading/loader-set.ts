import type { Account } from '../connection/account.js';
import type { RowShape } from './row-shape.js';

// biome-ignore lint/suspicious/noExplicitAny: a set holds loaders of every kind of key and value
type Definitions = Record<string, (account: Account, requestedFields: RequestedFields) => any>;

/** Of any type; null if unknown. */
export type RequestedFields = (ReadonlySet<string> & { shapes?: ReadonlyMap<string, RowShape> }) | null;

export type LoadersOf<D extends Definitions> = { readonly [Name in keyof D]: ReturnType<D[Name]> };

/** Creates each loader on first use, because a request uses few of dozens. */
export function loaderSet<D extends Definitions>(
  definitions: D,
): new (
  account: Account,
  requestedFields?: RequestedFields,
) => LoadersOf<D> {
  class LoaderSet {
    readonly account: Account;
    readonly requestedFields: RequestedFields;

    constructor(account: Account, requestedFields: RequestedFields = null) {
      this.account = account;
      this.requestedFields = requestedFields;
    }
  }
  for (const [name, make] of Object.entries(definitions)) {
    Object.defineProperty(LoaderSet.prototype, name, {
      get(this: LoaderSet) {
        const loader = make(this.account, this.requestedFields);
        Object.defineProperty(this, name, { value: loader });
        return loader;
      },
    });
  }
  return LoaderSet as unknown as new (
    account: Account,
    requestedFields?: RequestedFields,
  ) => LoadersOf<D>;
}
