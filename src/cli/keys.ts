import type { Config } from '../config/config.js';
import { encodeId, uuidOf } from '../graphql/ids.js';
import { ApiKeyService, UnknownOrganization } from '../identity/api-key.service.js';
import type { Startup } from '../start/startup.js';
import { ask } from './confirm.js';
import { keyFromOptions, shardNumber } from './key-options.js';
import { formatTable, shownTime } from './table.js';
import { parseCommand, UsageError } from './usage.js';
import { withDatabase, withDatabases } from './with-database.js';

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
      create: { type: 'boolean' },
      shard: text,
    },
  });
  const key = keyFromOptions(values);
  const shard = values.shard === undefined ? undefined : shardNumber(values.shard, config);
  const { token } = await withDatabases(config, startup, async (databases) => {
    const service = new ApiKeyService(databases.first);
    const place = shard === undefined ? undefined : { shard, database: await databases.at(shard) };
    try {
      return await service.create(key, { mayMakeOrganization: values.create ?? false, place });
    } catch (error) {
      if (!(error instanceof UnknownOrganization)) throw error;
      await confirmNew(error);
      return service.create(key, { place });
    }
  });
  return `${token}\n`;
}

/** A typo must not make an organization. */
async function confirmNew({ slug, known }: UnknownOrganization): Promise<void> {
  const others = known.length === 0 ? 'none' : known.join(', ');
  const problem = `there is no organization ${slug} (there are: ${others})`;
  const answer = await ask(`${problem}. Type ${slug} again to make it: `);
  if (answer === null) throw new UsageError(`${problem}: say --create to make it`);
  if (answer !== slug) throw new Error('no organization and no key were made');
}

export async function listKeys(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: { organization: text } });
  const keys = await withDatabase(config, startup, (database) =>
    new ApiKeyService(database).list(values.organization),
  );
  return formatTable(
    [
      'ID',
      'ORGANIZATION',
      'NAME',
      'ACTOR',
      'STAFF UID',
      'SCOPES',
      'CREATED',
      'EXPIRES',
      'REVOKED',
      'LAST USED',
    ],
    keys.map((key) => [
      encodeId('api_key', key.id),
      key.organization,
      key.name,
      key.kind,
      key.staffUid ?? '-',
      key.scopes.join(','),
      shownTime(key.createdAt),
      shownTime(key.expiresAt),
      shownTime(key.revokedAt),
      shownTime(key.lastUsedAt),
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
