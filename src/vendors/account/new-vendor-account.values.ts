import type { VendorSystem } from './account-members.values.js';

/** What is given of an account; at an update, what is left out stays. */
export interface GivenVendor {
  readonly system: VendorSystem;
  readonly baseUrl: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Of the argument that it was given in. */
  readonly path: readonly string[];
}

export interface NewVendorAccount {
  readonly name: string;
  readonly vendor: GivenVendor;
  readonly sends: boolean;
  readonly receives: boolean;
}

export interface VendorAccountChange {
  readonly name?: string | undefined;
  readonly vendor?: GivenVendor | undefined;
  readonly sends?: boolean | undefined;
  readonly receives?: boolean | undefined;
  readonly paused?: boolean | undefined;
  readonly rotateWebhookToken?: boolean | undefined;
}
