import { sql } from 'drizzle-orm';
import { encodeId } from '../../graphql/ids.js';
import { type Check, named, problem, rowsOf, warning } from './check.js';

const [UNUSED_DAYS, EXPIRING_DAYS] = [30, 14];
const LOOPBACK = /^(?:127\.|::1$|localhost$)/;

interface NamedRow {
  id: string;
  name: string;
  slug: string;
}

const keyName = ({ id, name, slug }: NamedRow) => `${encodeId('api_key', id)} (${slug}: ${name})`;
const accountName = ({ name, slug }: NamedRow) => `${slug}: ${name}`;

const VALID = sql`k.revoked_at is null and coalesce(k.expires_at > clock_timestamp(), true)`;
const keys = (condition: ReturnType<typeof sql>) => sql`
  select k.id, k.name, o.slug from api_keys k join organizations o using (organization_id)
  where ${VALID} and ${condition} order by o.slug, k.id`;
const accounts = (condition: ReturnType<typeof sql>) => sql`
  select a.id, a.name, o.slug from vendor_accounts a join organizations o using (organization_id)
  where a.deleted_at is null and ${condition} order by o.slug, a.name`;

/** What the gateway was set up for, and whether that happens. */
export const SERVICE_CHECKS: readonly Check[] = [
  {
    name: 'public-url',
    ok: 'PUBLIC_URL is set, or no account needs it.',
    async look(probe) {
      if (probe.config.publicUrl !== undefined) return [];
      const rows = await rowsOf<NamedRow>(probe, accounts(sql`a.receives`));
      if (rows.length === 0) return [];
      return [
        problem(
          `PUBLIC_URL is not set: the webhook URLs of ${named(rows.map(accountName))} lead to localhost.`,
          'Set PUBLIC_URL, and give the vendors the new URLs.',
        ),
      ];
    },
  },
  {
    name: 'secrets',
    ok: 'SECRETS_KEYS is set, or no account needs it.',
    async look(probe) {
      const { databaseUrl, secretsKeys = [] } = probe.config;
      if (databaseUrl === undefined || secretsKeys.length > 0) return [];
      const rows = await rowsOf<NamedRow>(probe, accounts(sql`a.secrets is not null`));
      if (rows.length === 0) return [];
      return [
        problem(
          `SECRETS_KEYS is not set: nothing opens the secrets of ${named(rows.map(accountName))}.`,
          'Set the keys that they were sealed with.',
        ),
      ];
    },
  },
  {
    name: 'webhooks',
    ok: 'Each account that has had a webhook URL for a day has received something.',
    async look(probe) {
      const rows = await rowsOf<NamedRow>(
        probe,
        accounts(sql`a.receives and not a.paused and a.webhook_token_hash is not null
          and a.created_at < clock_timestamp() - interval '1 day' and not exists (
            select from inbound_messages m where m.organization_id = a.organization_id and m.account_id = a.id)`),
      );
      return rows.map((row) =>
        warning(
          `No webhook has ever come to the account ${accountName(row)}.`,
          'Register its webhook URL at the vendor, or update it with receives: false.',
        ),
      );
    },
  },
  {
    name: 'accounts',
    ok: 'None fails, and no delivery is dead.',
    async look(probe) {
      const rows = await rowsOf<NamedRow>(
        probe,
        accounts(sql`not a.paused and (a.is_refused or a.open_until > clock_timestamp())`),
      );
      const dead = await rowsOf<NamedRow>(
        probe,
        accounts(sql`exists (select from deliveries d
          where d.organization_id = a.organization_id and d.account_id = a.id and d.state = 'DEAD')`),
      );
      return [
        ...rows.map((row) =>
          warning(
            `The account ${accountName(row)} fails.`,
            'See switchboard accounts list, and accounts test.',
          ),
        ),
        ...dead.map((row) =>
          warning(`The account ${accountName(row)} has dead deliveries.`, 'Replay or discard them.'),
        ),
      ];
    },
  },
  {
    name: 'keys',
    ok: 'Each is in use, and ends.',
    async look(probe) {
      const unused = await rowsOf<NamedRow>(
        probe,
        keys(
          sql`coalesce(k.last_used_at, k.created_at) < clock_timestamp() - make_interval(days => ${UNUSED_DAYS})`,
        ),
      );
      const endless = await rowsOf<NamedRow>(probe, keys(sql`k.expires_at is null`));
      const expiring = await rowsOf<NamedRow>(
        probe,
        keys(sql`k.expires_at < clock_timestamp() + make_interval(days => ${EXPIRING_DAYS})`),
      );
      return [
        [
          unused,
          `not used for ${UNUSED_DAYS} days`,
          'Revoke what is not needed: switchboard keys revoke ID.',
        ] as const,
        [endless, 'without an end', 'Make new ones with --expires-in, and revoke these.'] as const,
        [expiring, `at their end within ${EXPIRING_DAYS} days`, 'Make new ones in time.'] as const,
      ].flatMap(([rows, what, advice]) =>
        rows.length === 0 ? [] : warning(`Keys ${what}: ${named(rows.map(keyName))}.`, advice),
      );
    },
  },
  {
    name: 'organizations',
    ok: 'None is half deleted.',
    async look(probe) {
      const rows = await rowsOf<{ slug: string }>(
        probe,
        sql`select slug from organizations where deleted_at is not null order by slug`,
      );
      return rows.map(({ slug }) =>
        warning(`${slug} was not deleted whole.`, `Run switchboard organizations delete ${slug} again.`),
      );
    },
  },
  {
    name: 'metrics',
    ok: '/metrics needs a token, or is on this machine alone.',
    async look({ config: { host, metricsToken } }) {
      if (metricsToken !== undefined || LOOPBACK.test(host)) return [];
      return [
        warning(
          `HOST is ${host}, and /metrics is open.`,
          'Set METRICS_TOKEN, or keep /metrics off the internet.',
        ),
      ];
    },
  },
];
