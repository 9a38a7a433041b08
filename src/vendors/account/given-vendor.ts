import type { CallSystem } from '../../calls/call.enums.js';
import type { UserErrorData } from '../../foundation/refusal.js';
import { checkBaseUrl } from '../request/base-url.js';
import type { Vendor } from '../vendor.js';
import { VENDORS } from '../vendors.js';
import type { GivenVendor } from './new-vendor-account.values.js';

/** @throws Error for a system that is no vendor; no account is of one */
export function vendorOf(system: CallSystem): Vendor {
  const vendor = VENDORS[system];
  if (vendor === undefined) throw new Error(`there is no vendor ${system}`);
  return vendor;
}

const DAY_MS = 86_400_000;

export function baseUrlProblems({ baseUrl, path }: GivenVendor, allowPrivate: boolean): UserErrorData[] {
  const message = baseUrl === undefined ? null : checkBaseUrl(baseUrl, allowPrivate);
  return message === null ? [] : [{ code: 'INVALID', message, path: [...path, 'baseUrl'] }];
}

/** Of what the vendor cannot do without. */
export function missingMembers(
  { required }: Vendor,
  { settings, secrets, path }: GivenVendor,
): UserErrorData[] {
  const missing = [
    ...required.settings.filter((name) => settings[name] === undefined),
    ...required.secrets.filter((name) => secrets[name] === undefined),
  ];
  return missing.map((name) => missingMember(path, name));
}

export const missingMember = (path: readonly string[], name: string): UserErrorData => ({
  code: 'INVALID',
  message: `${name} is required.`,
  path: [...path, name],
});

export function expiryOf({ secretLifetime }: Vendor): Date | null {
  return secretLifetime === null ? null : new Date(Date.now() + secretLifetime * DAY_MS);
}

/** Else a new base URL would show the secrets to its owner. */
export function stolenSecrets(
  row: { system: CallSystem; baseUrl: string },
  { baseUrl, secrets, path }: GivenVendor,
): UserErrorData[] {
  if (baseUrl === undefined || new URL(baseUrl).origin === new URL(row.baseUrl).origin) return [];
  const missing = vendorOf(row.system).required.secrets.filter((name) => secrets[name] === undefined);
  if (missing.length === 0) return [];
  const message = `Secrets are not sent to another server: give ${missing.join(' and ')} anew with the new base URL.`;
  return [{ code: 'INVALID', message, path: [...path, 'baseUrl'] }];
}
