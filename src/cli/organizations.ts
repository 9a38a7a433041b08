import type { Config } from '../config/config.js';
import { encodeId } from '../graphql/ids.js';
import { moveOrganization } from '../identity/organization-move.service.js';
import { OrganizationsService } from '../identity/organizations.service.js';
import { serverOptions } from '../start/open-server.js';
import type { Startup } from '../start/startup.js';
import { organizationSlug, shardNumber } from './key-options.js';
import { organizationOf } from './organization.js';
import { formatTable, shownTime } from './table.js';
import { parseCommand, UsageError } from './usage.js';
import { withDatabases } from './with-database.js';

const onOrganizations = <T>(
  config: Config,
  startup: Startup,
  run: (service: OrganizationsService) => Promise<T>,
): Promise<T> => withDatabases(config, startup, ({ first, at }) => run(new OrganizationsService(first, at)));

export async function listOrganizations(args: string[], config: Config, startup: Startup): Promise<string> {
  parseCommand({ args });
  const all = await onOrganizations(config, startup, (service) => service.list());
  const hasShards = config.shardUrls.length > 0;
  const shard = hasShards ? ['SHARD'] : [];
  return formatTable(
    ['SLUG', 'NAME', 'ID', 'STATE', 'SINCE', ...shard, 'KEYS', 'ACCOUNTS', 'CREATED', 'LAST USED'],
    all.map((each) => [
      each.slug,
      each.name,
      encodeId('organization', each.id),
      each.state,
      shownTime(each.suspendedAt),
      ...(hasShards ? [String(each.shard)] : []),
      String(each.keys),
      each.accounts === null ? '?' : String(each.accounts),
      shownTime(each.createdAt),
      shownTime(each.lastUsedAt),
    ]),
  );
}

export async function renameOrganization(args: string[], config: Config, startup: Startup): Promise<string> {
  const { positionals, values } = parseCommand({
    args,
    allowPositionals: true,
    options: { name: { type: 'string' } },
  });
  const [slug, given, ...rest] = positionals;
  const name = values.name?.trim();
  if (!slug || rest.length > 0 || (given === undefined && !name)) {
    throw new UsageError('organizations rename takes one SLUG, and a new one, or --name NAME, or both');
  }
  if (values.name !== undefined && (!name || /\p{Cc}/u.test(name))) {
    throw new UsageError('--name must be a text without control characters');
  }
  const to = given === undefined ? undefined : organizationSlug(given, 'the new slug');
  const isDone = await onOrganizations(config, startup, (service) =>
    service.rename(slug, { slug: to, name }),
  );
  if (!isDone) throw new Error(`no organization ${slug}`);
  const called = name ? `, and its name is ${name}` : '';
  return to === undefined ? `The name of ${slug} is ${name}.\n` : `${slug} is now ${to}${called}.\n`;
}

type Change = (service: OrganizationsService, slug: string) => Promise<boolean>;

const onOrganization =
  (command: string, change: Change, done: string) =>
  async (args: string[], config: Config, startup: Startup): Promise<string> => {
    const [slug, ...rest] = parseCommand({ args, allowPositionals: true }).positionals;
    if (!slug || rest.length > 0) throw new UsageError(`organizations ${command} takes one SLUG`);
    const isDone = await onOrganizations(config, startup, (service) => change(service, slug));
    if (!isDone) throw new Error(`no organization ${slug}`);
    return `${slug} ${done}\n`;
  };

export const suspendOrganization = onOrganization(
  'suspend',
  (service, slug) => service.suspend(slug),
  'is suspended: its keys and tokens are refused, and its deliveries, webhooks and imports wait.',
);

export const resumeOrganization = onOrganization(
  'resume',
  (service, slug) => service.resume(slug),
  'goes on.',
);

export async function moveOrganizationCalled(
  args: string[],
  config: Config,
  startup: Startup,
): Promise<string> {
  const { positionals, values } = parseCommand({
    args,
    allowPositionals: true,
    options: { to: { type: 'string' } },
  });
  const [slug, ...rest] = positionals;
  if (!slug || rest.length > 0 || values.to === undefined) {
    throw new UsageError('organizations move takes one SLUG, and --to N');
  }
  const to = shardNumber(values.to, config, '--to');
  const stop = new AbortController();
  startup.onInterrupt(async () => stop.abort(new Error('the move was broken off')));
  return withDatabases(config, startup, async ({ first }, server) => {
    const { id } = await organizationOf(first.db, slug);
    const moved = await moveOrganization({
      ...{ organizationId: id, to, signal: stop.signal },
      urls: [config.databaseMigrateUrl ?? config.databaseDirectUrl ?? server.url, ...config.shardUrls],
      ...serverOptions(config),
      report: (what) => process.stderr.write(`${what}\n`),
    });
    if (moved === null) return `${slug} is on shard ${to}; nothing of it is elsewhere.\n`;
    const { rows, closed } = moved;
    return `${slug} is on shard ${to}: ${rows.toLocaleString('en-US')} rows, and writes waited for ${(closed / 1_000).toFixed(1)} s.\n`;
  });
}
