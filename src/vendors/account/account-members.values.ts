import type { CallSystem } from '../../calls/call.enums.js';

export type VendorSystem = Exclude<CallSystem, 'OTHER'>;

/** What an account has beside its name: the secrets are sealed, the settings are shown. */
export interface AccountMembers {
  /** Of new accounts; null where each customer has another. */
  readonly baseUrl: string | null;
  readonly secrets: readonly string[];
  readonly settings: readonly string[];
}

export const ACCOUNT_MEMBERS: Readonly<Record<VendorSystem, AccountMembers>> = {
  BURKI: { baseUrl: 'https://api.burki.dev', secrets: ['apiKey'], settings: [] },
  CREOVAI: { baseUrl: null, secrets: ['clientId', 'clientSecret'], settings: ['matchesWithoutSession'] },
  VCITA: {
    baseUrl: 'https://api.vcita.biz',
    secrets: ['token'],
    settings: ['businessUid', 'directory', 'voicemailStatus'],
  },
  BIRD: {
    baseUrl: 'https://api.bird.com',
    secrets: ['accessKey', 'signingKey'],
    settings: ['workspaceId', 'channelId'],
  },
};
