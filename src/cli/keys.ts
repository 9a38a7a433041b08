import type { Config } from '../config/config.js';
import { encodeId, uuidOf } from '../graphql/ids.js';
import { ApiKeyService } from '../identity/api-key.service.js';
import type { Startup } from '../start/startup.js';
import { keyFromOptions } from './key-options.js';
import { formatTable } from './table.js';
import { parseCommand, UsageError } from './usage.js';
import { withDatabase } from './with-database.js';

const text = { type: 'string' } as const;

export async function createKey(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({
    args,
    options: {
      organization: text,
      name: text,
      scopes: text,
      actor: text,
      'staff-uid': text,
      'expires-in': text,
    },
  });
  const key = keyFromOptions(values);
  const { token } = await withDatabase(config, startup, (database) =>
    new ApiKeyService(database).create(key),
  );
  return `${token}\n`;
}

export async function listKeys(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: { organization: text } });
  const keys = await withDatabase(config, startup, (database) =>
    new ApiKeyService(database).list(values.organization),
  );
  const date = (value: Date | null) => value?.toISOString() ?? '-';
  return formatTable(
    ['ID', 'ORGANIZATION', 'NAME', 'ACTOR', 'STAFF UID', 'SCOPES', 'CREATED', 'EXPIRES', 'REVOKED'],
    keys.map((key) => [
      encodeId('api_key', key.id),
      key.organization,
      key.name,
      key.kind,
      key.staffUid ?? '-',
      key.scopes.join(','),
      date(key.createdAt),
      date(key.expiresAt),
      date(key.revokedAt),
    ]),
  );
}

export async function revokeKey(args: string[], config: Config, startup: Startup): Promise<string> {
  const [id, ...rest] = parseCommand({ args, allowPositionals: true }).positionals;
  if (!id || rest.length > 0) throw new UsageError('keys revoke takes one ID, as keys list shows it');
  const uuid = uuidOf('api_key', id);
  const revoked =
    uuid !== null &&
    (await withDatabase(config, startup, (database) => new ApiKeyService(database).revoke(uuid)));
  if (!revoked) throw new Error(`no key ${id}, or it was revoked before`);
  return `${id} is revoked.\n`;
}
