import type { Config } from '../config/config.js';
import { sharedAccount } from '../db/connection/account.js';
import { isWithheld } from '../foundation/phone-numbers.js';
import { encodeId, uuidOf } from '../graphql/ids.js';
import { SCOPES } from '../identity/identity.enums.js';
import { deleteOrganization } from '../identity/organization-deletion.service.js';
import type { Viewer } from '../identity/viewer.js';
import { EraseService } from '../intake/erase/erase.service.js';
import type { Startup } from '../start/startup.js';
import { confirm } from './confirm.js';
import { organizationOf } from './organization.js';
import { parseCommand, UsageError } from './usage.js';
import { withDatabases } from './with-database.js';

const text = { type: 'string' } as const;
const yes = { type: 'boolean' } as const;

export async function erase(args: string[], config: Config, startup: Startup): Promise<string> {
  const { values } = parseCommand({ args, options: { organization: text, call: text, customer: text, yes } });
  const { organization: slug, call, customer } = values;
  if (!slug) throw new UsageError('erase needs --organization');
  if ((call === undefined) === (customer === undefined)) {
    throw new UsageError('erase takes either --call ID or --customer NUMBER');
  }
  const id = call === undefined ? null : uuidOf('call', call);
  if (call !== undefined && id === null) throw new UsageError(`${call} is not an id of a call`);
  const number = customer?.trim() ?? '';
  if (id === null && isWithheld(number)) throw new UsageError('a withheld number is not one customer');
  await confirm(
    values.yes,
    id === null ? 'This erases all calls of the number' : 'This erases the call',
    'erase',
  );
  return withDatabases(config, startup, async (databases) => {
    const { id: owner, shard } = await organizationOf(databases.first.db, slug);
    const service = new EraseService(await databases.at(shard));
    if (id !== null) {
      const gone = await service.eraseCall(operator(owner), { id, path: [], label: `id ${call}` });
      return `${encodeId('call', gone)} is erased.\n`;
    }
    let total = 0;
    for (;;) {
      const { erased, left } = await service.eraseCustomer(operator(owner), number);
      total += erased;
      if (left === 0) return `${total} ${total === 1 ? 'call is' : 'calls are'} erased.\n`;
      process.stderr.write(`${total} erased, ${left} left\n`);
    }
  });
}

/** Who stands in the log. */
function operator(organizationId: string): Viewer {
  return {
    organization: { id: organizationId, slug: '', name: '' },
    keyId: 'switchboard erase',
    kind: 'APP',
    name: 'switchboard erase',
    staffUid: null,
    scopes: [...SCOPES],
    account: sharedAccount(organizationId),
  };
}

export async function deleteOrganizationCalled(
  args: string[],
  config: Config,
  startup: Startup,
): Promise<string> {
  const { positionals, values } = parseCommand({ args, allowPositionals: true, options: { yes } });
  const [slug, ...rest] = positionals;
  if (!slug || rest.length > 0) throw new UsageError('organizations delete takes one SLUG');
  await confirm(values.yes, `This deletes the organization ${slug} with all that it has`, slug);
  const gone = await withDatabases(config, startup, ({ first, at }) => deleteOrganization(first, slug, at));
  if (gone === null) throw new Error(`no organization ${slug}`);
  return `${slug} is deleted, with ${gone} ${gone === 1 ? 'call' : 'calls'}.\n`;
}
