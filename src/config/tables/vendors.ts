import { flag, integer, someOrOff } from '../parsers.js';
import { type SecretsKey, secretsKeys } from '../secrets-keys.js';
import { settings } from '../setting.js';

/** The vendors whose own requests the gateway can take. */
export const VENDOR_APIS = ['burki', 'creovai', 'vcita', 'bird'] as const;
export type VendorApiName = (typeof VENDOR_APIS)[number];

export const vendors = settings({
  secretsKeys: {
    variable: 'SECRETS_KEYS',
    default: undefined as readonly SecretsKey[] | undefined,
    parse: secretsKeys,
    isSecret: true,
    description:
      'Keys that the secrets of vendor accounts are sealed with, as `k2:KEY,k1:KEY`; the first seals, all open.',
    details:
      'A key is 32 bytes in base64 (`openssl rand -base64 32`). With `DATABASE_URL`, no account can be made without it; the embedded Postgres has a key file of its own.',
  },
  vendors: {
    variable: 'VENDORS',
    default: true,
    parse: flag,
    shownDefault: '`on`',
    description:
      'Whether this gateway delivers changes to vendors; `off` leaves that to the others on its database.',
  },
  vendorsAllowPrivate: {
    variable: 'VENDORS_ALLOW_PRIVATE',
    default: false,
    parse: flag,
    description: "Whether a vendor account's base URL may be http, or lead to a private address.",
  },
  vendorApis: {
    variable: 'VENDOR_APIS',
    default: VENDOR_APIS as readonly VendorApiName[],
    parse: someOrOff(VENDOR_APIS),
    shownDefault: 'all of them',
    description: 'The vendors whose own requests this gateway answers, separated by commas; `off` for none.',
    details: 'They are `burki`, `creovai`, `vcita` and `bird`.',
  },
  callFlowExpiry: {
    variable: 'CALL_FLOW_EXPIRY',
    default: 60,
    parse: integer(1, 86_400),
    description: 'Seconds after which a call flow that could not be sent to its vendor is no longer sent.',
  },
});
