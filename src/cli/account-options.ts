import { ACCOUNT_MEMBERS, type VendorSystem } from '../vendors/account/account-members.values.js';
import { vendorOf } from '../vendors/account/given-vendor.js';
import type { NewVendorAccount } from '../vendors/account/new-vendor-account.values.js';
import { checkVendor, toVendor } from '../vendors/account/vendor-settings.checks.js';
import type { VendorSettingsInput } from '../vendors/account/vendor-settings.input.js';
import { VOICE_CALL_STATUSES } from '../voice-calls/voice-call.enums.js';
import { optionOf, placesOf } from './account-secrets.js';
import { UsageError } from './usage.js';

const SYSTEMS = Object.keys(ACCOUNT_MEMBERS) as VendorSystem[];
const FLAGS = ['directory', 'matchesWithoutSession'];

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const settings = SYSTEMS.flatMap((system) => ACCOUNT_MEMBERS[system].settings);

export const ACCOUNT_OPTIONS = {
  organization: text,
  name: text,
  system: text,
  'base-url': text,
  'no-sends': flag,
  'no-receives': flag,
  ...Object.fromEntries(settings.map((member) => [optionOf(member), FLAGS.includes(member) ? flag : text])),
};

export type AccountOptions = Readonly<Record<string, string | boolean | undefined>>;

export function requiredOption(options: AccountOptions, name: string): string {
  const value = options[name];
  if (typeof value !== 'string' || value.trim() === '')
    throw new UsageError(`accounts create needs --${name}`);
  return value.trim();
}

export function systemOf(options: AccountOptions): VendorSystem {
  const word = requiredOption(options, 'system').toUpperCase();
  const system = SYSTEMS.find((known) => known === word);
  if (system === undefined)
    throw new UsageError(`--system must be one of ${SYSTEMS.join(', ').toLowerCase()}`);
  return system;
}

export function accountFromOptions(
  options: AccountOptions,
  secrets: Readonly<Record<string, string>>,
): NewVendorAccount {
  const system = systemOf(options);
  const name = requiredOption(options, 'name');
  if (name.length > 100 || /\p{Cc}/u.test(name)) {
    throw new UsageError('--name must have at most 100 characters, and no control characters');
  }
  const given = settingsOf(system, options);
  const { required } = vendorOf(system);
  const setting = required.settings.find((member) => given[member] === undefined);
  if (setting !== undefined) throw new UsageError(`an account of ${system} needs --${optionOf(setting)}`);
  const secret = required.secrets.find((member) => secrets[member] === undefined);
  if (secret !== undefined) {
    throw new UsageError(`an account of ${system} needs ${secret}: ${placesOf(system, secret)}`);
  }
  const baseUrl = typeof options['base-url'] === 'string' ? options['base-url'].trim() : undefined;
  const vendor: VendorSettingsInput = { [system.toLowerCase()]: { baseUrl, ...given, ...secrets } };
  const [problem] = checkVendor(vendor, []);
  if (problem !== undefined) throw new UsageError(problem.message);
  return {
    name,
    vendor: toVendor(vendor, []),
    sends: options['no-sends'] !== true,
    receives: options['no-receives'] !== true,
  };
}

function settingsOf(system: VendorSystem, options: AccountOptions): Record<string, unknown> {
  const { settings: own } = ACCOUNT_MEMBERS[system];
  const foreign = settings.find((member) => !own.includes(member) && options[optionOf(member)] !== undefined);
  if (foreign !== undefined) {
    throw new UsageError(`--${optionOf(foreign)} is not for an account of ${system}`);
  }
  const status = options['voicemail-status'];
  if (status !== undefined && !VOICE_CALL_STATUSES.some((known) => known === status)) {
    throw new UsageError(`--voicemail-status must be one of ${VOICE_CALL_STATUSES.join(', ')}`);
  }
  return Object.fromEntries(
    own.flatMap((member) => {
      const value = options[optionOf(member)];
      return value === undefined ? [] : [[member, value]];
    }),
  );
}
