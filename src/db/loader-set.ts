import type { Account } from './account.js';

// biome-ignore lint/suspicious/noExplicitAny: a set holds loaders of every kind of key and value
type Definitions = Record<string, (account: Account, asked: Asked) => any>;

/** The names of all fields that a request asks for, of whichever types; null where it is not known. */
export type Asked = ReadonlySet<string> | null;

/** The loaders that are made of definitions. */
export type LoadersOf<D extends Definitions> = { readonly [Name in keyof D]: ReturnType<D[Name]> };

/**
 * A class of sets of loaders, all on one account. A request has dozens of loaders and uses a few: each is made when
 * it is first asked for.
 */
export function loaderSet<D extends Definitions>(
  definitions: D,
): new (
  account: Account,
  asked?: Asked,
) => LoadersOf<D> {
  class LoaderSet {
    readonly account: Account;
    readonly asked: Asked;

    constructor(account: Account, asked: Asked = null) {
      this.account = account;
      this.asked = asked;
    }
  }
  for (const [name, make] of Object.entries(definitions)) {
    Object.defineProperty(LoaderSet.prototype, name, {
      get(this: LoaderSet) {
        const loader = make(this.account, this.asked);
        Object.defineProperty(this, name, { value: loader });
        return loader;
      },
    });
  }
  // The compiler cannot see the members that were defined by name.
  return LoaderSet as unknown as new (
    account: Account,
    asked?: Asked,
  ) => LoadersOf<D>;
}
