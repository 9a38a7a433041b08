import ms, { type StringValue } from 'ms';
import type { Config } from '../config/config.js';
import type { NewApiKey } from '../identity/api-key.service.js';
import { ACTOR_KINDS, SCOPES, type Scope } from '../identity/identity.enums.js';
import { UsageError } from './usage.js';

export interface KeyOptions {
  organization?: string | undefined;
  name?: string | undefined;
  scopes?: string | undefined;
  actor?: string | undefined;
  'staff-uid'?: string | undefined;
  'expires-in'?: string | undefined;
}

export function keyFromOptions(options: KeyOptions): NewApiKey {
  const organization = organizationSlug(required(options, 'organization'));
  const name = required(options, 'name');
  if (/\p{Cc}/u.test(name)) throw new UsageError('--name must have no control characters');
  const scopes = parseScopes(required(options, 'scopes'));
  const kind = ACTOR_KINDS.find((known) => known === (options.actor?.toUpperCase() ?? 'APP'));
  if (!kind) throw new UsageError(`--actor must be one of ${ACTOR_KINDS.join(', ')}`);
  const staffUid = options['staff-uid']?.trim() || null;
  if (kind === 'STAFF' && !staffUid) throw new UsageError('--actor STAFF needs --staff-uid');
  if (kind !== 'STAFF' && staffUid) throw new UsageError('--staff-uid is for --actor STAFF only');
  return { organization, name, kind, staffUid, scopes, expiresAt: parseExpiry(options['expires-in']) };
}

export function organizationSlug(text: string, what = '--organization'): string {
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(text)) return text;
  throw new UsageError(`${what} must be lower-case letters, digits and single hyphens`);
}

export function shardNumber(
  text: string,
  { shardUrls }: Pick<Config, 'shardUrls'>,
  option = '--shard',
): number {
  const most = shardUrls.length;
  if (/^\d{1,4}$/.test(text) && Number(text) <= most) return Number(text);
  throw new UsageError(`${option} must be a number from 0 to ${most}: SHARD_URLS has ${most}`);
}

function required(options: KeyOptions, name: 'organization' | 'name' | 'scopes'): string {
  const value = options[name]?.trim();
  if (!value) throw new UsageError(`keys create needs --${name}`);
  return value;
}

function parseScopes(list: string): Scope[] {
  if (list.toLowerCase() === 'all') return [...SCOPES];
  const scopes = list.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word.trim().toUpperCase());
    if (!scope)
      throw new UsageError(`--scopes: no scope "${word.trim()}"; there are ${SCOPES.join(', ')}, or all`);
    return scope;
  });
  return [...new Set(scopes)];
}

function parseExpiry(duration: string | undefined): Date | null {
  if (duration === undefined) return null;
  // `ms` reads a bare number as milliseconds, which no one means here.
  const length =
    /[a-z]\s*$/i.test(duration) && duration.length <= 100 ? ms(duration as StringValue) : undefined;
  const expiresAt = new Date(Date.now() + (length ?? Number.NaN));
  if (length === undefined || !(length > 0) || Number.isNaN(expiresAt.getTime())) {
    throw new UsageError(`--expires-in must be a length of time like 12h or 90d, not "${duration}"`);
  }
  return expiresAt;
}
