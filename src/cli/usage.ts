import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Setting } from '../config/setting.js';
import { SETTINGS } from '../config/table.js';

const {
  databaseUrl,
  databaseDirectUrl,
  databaseMigrateUrl,
  databasePasswordFile,
  shardUrls,
  dataDir,
  embeddedSettings,
  databaseTimeout,
  startTimeout,
  secretsKeys,
} = SETTINGS;
const { envFile, host, port } = SETTINGS;

function explain({ variable, description, default: value }: Setting<unknown>): string {
  const shown = value === undefined || `${value}` === '' ? '' : ` Default ${value}.`;
  return `  ${variable.padEnd(22)} ${description.replaceAll('`', '')}${shown}\n`;
}

export const USAGE = `Usage: switchboard COMMAND

  start                start a gateway, until a signal; all its settings are environment variables
  health               ask the gateway at HOST and PORT whether it is ready, and what is wrong if not
  --version            print the version
  keys create --organization SLUG --name NAME --scopes all|SCOPE,SCOPE,…
              [--actor APP|STAFF|DIRECTORY] [--staff-uid UID] [--expires-in 90d] [--create]
              [--shard N]
                       make an API key and print its token, which is shown only this once;
                       --create makes the organization when it is new, --shard N in that database of
                       SHARD_URLS; STAFF needs --staff-uid
  keys list [--organization SLUG]
                       list the keys, without their tokens, and when each was last used
  keys revoke ID       end a key
  accounts create --organization SLUG --name NAME --system burki|creovai|vcita|bird
              [--base-url URL] [--no-sends] [--no-receives] [--business-uid UID] [--directory]
              [--voicemail-status WORD] [--workspace-id ID] [--channel-id ID]
              [--matches-without-session]
                       make a vendor account and print its ID; its secrets are read from
                       BURKI_API_KEY, CREOVAI_CLIENT_ID and CREOVAI_CLIENT_SECRET, VCITA_TOKEN,
                       BIRD_ACCESS_KEY and BIRD_SIGNING_KEY; else from standard input, as a
                       JSON object or lines NAME=VALUE
  accounts list [--organization SLUG]
                       list the vendor accounts, without their secrets
  accounts test ID     make one harmless request with the account's secrets
  accounts pause ID    hold its deliveries; accounts resume ID lets them go on
  accounts delete ID   delete it with its secrets; what it has not delivered is discarded
                       (instead of the ID also NAME --organization SLUG)
  accounts rotate-secrets
                       seal the secrets of all accounts with the first key of SECRETS_KEYS
  import --account NAME [--organization SLUG] [--from TIME] [--to TIME]
                       read the vendor's calls of that time into the account's organization, beside
                       the gateways; Ctrl-C and the same command again goes on where it was
  erase --organization SLUG (--call ID | --customer NUMBER) [--yes]
                       erase a call, or all calls of a customer's number, for good; asks first
                       on a terminal, and needs --yes elsewhere
  organizations list   list the organizations
  organizations rename SLUG [NEW_SLUG] [--name NAME]
                       give an organization another slug, or another name, or both
  organizations suspend SLUG
                       refuse its keys and tokens at once, and let its deliveries, webhooks and imports
                       wait; organizations resume SLUG lets it go on
  organizations move SLUG --to N
                       move an organization to another database of SHARD_URLS (0 is DATABASE_URL), beside
                       traffic; Ctrl-C undoes it, and after a kill the same command goes on
  organizations delete SLUG [--yes]
                       delete an organization with all that it has; its keys are refused at once
  export --out FILE|- [--format csv|ndjson] [--organization SLUG] [--filter JSON]
              [--order-by JSON] [--columns NAME,NAME,…]
                       write the organization's calls; filter and order as GraphQL takes them,
                       columns as Call names them, e.g. id,cost.total,metadata.crm.owner
  backup FILE|-        write all that the database has to a file, beside the gateways
  restore FILE|- [--replace [--yes]]
                       fill an empty database with all that a backup has, or none of it; with --replace
                       also one that is not empty, whose data are lost
  move --to URL [--replace [--yes]]
                       fill the database of that URL with all that this one has, and compare every row
  upgrade --with FOLDER
                       move the data of an older Postgres into the embedded one of this version; FOLDER
                       has the older one's package, as the start that refuses the data says
  database url         print the URL of the database, with its password: for psql, pg_dump and the like;
                       of the embedded one only while a gateway or a command runs
  demo traffic [--organization SLUG] [--seed N] [--calls 500] [--day YYYY-MM-DD]
              [--live [--per-second 5] [--speed 1]]
                       write the simulated calls of a working day, the same for the same seed and day,
                       or with --live calls that happen now, until Ctrl-C; only into an organization
                       of the demo, which is made when it is new
  doctor [--json]      look at what is easily forgotten: settings, privileges, clocks, replicas, old
                       transactions, tables, accounts, keys; changes nothing; ends with 1 on a problem
  migrate              bring the database up to date, beside running gateways
  migrate --grants ROLE
                       print the SQL that grants a role what gateways and commands need
  schema               print the GraphQL schema

Commands work whether or not the gateway runs, and read these environment variables:

${[databaseUrl, databaseDirectUrl, databaseMigrateUrl, databasePasswordFile, shardUrls, dataDir, embeddedSettings, databaseTimeout, startTimeout, secretsKeys, envFile, host, port].map(explain).join('')}`;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function parseCommand<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs<T>(config);
  } catch (error) {
    const [message] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    throw new UsageError(`${message} (see switchboard --help)`);
  }
}
