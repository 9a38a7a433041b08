import type { UserErrorData } from '../../foundation/refusal.js';
import { checkStrings, notEmpty, problem } from '../../graphql/input-checks.js';
import type { Nothing, Only } from '../../graphql/only.js';
import { ACCOUNT_MEMBERS, type VendorSystem } from './account-members.values.js';
import type { GivenVendor } from './new-vendor-account.values.js';
import type { VendorSettingsInput } from './vendor-settings.input.js';

/** They are sent in headers, and a line break at the end is a slip of copying. */
const SENDABLE = /^[!-~](?:[ -~]*[!-~])?$/;

export function checkVendor(input: VendorSettingsInput, path: string[]): UserErrorData[] {
  const { system, secrets, settings, path: inner } = toVendor(input, path);
  const at = (name: string) => [...inner, name];
  return [
    ...checkStrings(input, path),
    ...Object.entries(secrets).flatMap(([name, value]) => [
      ...notEmpty(value, at(name)),
      ...(value === '' || SENDABLE.test(value)
        ? []
        : problem(at(name), `${name} must be visible ASCII characters, without blanks around them.`)),
    ]),
    ...ACCOUNT_MEMBERS[system].settings.flatMap((name) => {
      const value = settings[name];
      return typeof value === 'string' ? notEmpty(value, at(name)) : [];
    }),
  ];
}

/** Of the one member that is there. */
export function toVendor(input: VendorSettingsInput, path: string[]): GivenVendor {
  const { burki, creovai, vcita, bird, ...rest } = input;
  rest satisfies Only<typeof rest, Nothing>;
  const given = { BURKI: burki, CREOVAI: creovai, VCITA: vcita, BIRD: bird } satisfies Record<
    VendorSystem,
    unknown
  >;
  const [system, members] = Object.entries(given).find(([, value]) => value != null) ?? [];
  const { baseUrl, ...others } = members ?? {};
  const known = ACCOUNT_MEMBERS[system as VendorSystem];
  const present = Object.entries<unknown>(others).filter(([, value]) => value != null);
  return {
    system: system as VendorSystem,
    baseUrl: baseUrl ?? undefined,
    secrets: Object.fromEntries(present.filter(([name]) => known.secrets.includes(name))) as Record<
      string,
      string
    >,
    settings: Object.fromEntries(present.filter(([name]) => known.settings.includes(name))),
    path: [...path, system?.toLowerCase() ?? ''],
  };
}
