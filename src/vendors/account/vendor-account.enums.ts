/** Derived, never stored. */
export const VENDOR_ACCOUNT_STATES = ['ACTIVE', 'PAUSED', 'FAILING'] as const;
export type VendorAccountState = (typeof VENDOR_ACCOUNT_STATES)[number];
