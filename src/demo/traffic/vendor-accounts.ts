import { burkiMessages } from './burki-calls.js';
import { WORKSPACE } from './company.js';
import type { Ask } from './writer.js';

interface Account {
  id: string;
  name: string;
  system: string;
  baseUrl: string;
  sends: boolean;
}

export const BURKI_PATH = '/demo/burki';
export const BURKI_KEY = 'simulated';

/** Of the gateway that listens at this port, by which it reaches itself. */
export const burkiUrlAt = (port: number | undefined): string => `http://127.0.0.1:${port}${BURKI_PATH}`;

/** Names below .invalid lead nowhere (RFC 6761), so that these accounts fail, or wait. */
const NOWHERE = /^https:\/\/[^/]+\.invalid\/?$/;

const isSimulated = ({ baseUrl }: Account): boolean =>
  NOWHERE.test(baseUrl) || new URL(baseUrl).pathname === BURKI_PATH;

export class RealAccount extends Error {
  override readonly name = 'RealAccount';
}

/** What the organization's accounts would send to a real vendor. @throws RealAccount */
export async function refuseRealAccounts(ask: Ask): Promise<Account[]> {
  const { data } = await ask('CRM', '{ vendorAccounts { id name system baseUrl sends } }', {});
  const { vendorAccounts } = data as { vendorAccounts: Account[] };
  const real = vendorAccounts.find((account) => account.sends && !isSimulated(account));
  if (real === undefined) return vendorAccounts;
  throw new RealAccount(
    `the vendor account ${real.name} would send simulated calls to its vendor: delete it, or let it send nothing`,
  );
}

/**
 * One account whose vendor this gateway simulates, at that URL, with an import; one that is paused, and one whose vendor is
 * not there.
 */
export async function makeVendorAccounts(
  ask: Ask,
  existing: readonly Account[],
  burkiUrl: string,
): Promise<void> {
  const vendors = [
    { name: 'Burki (simulated)', vendor: { burki: { baseUrl: burkiUrl, apiKey: BURKI_KEY } } },
    {
      name: 'vcita (paused)',
      vendor: { vcita: { baseUrl: 'https://vcita.invalid', token: BURKI_KEY, businessUid: 'brightwater' } },
    },
    {
      name: 'Bird (out of reach)',
      vendor: { bird: { baseUrl: 'https://bird.invalid', accessKey: BURKI_KEY, workspaceId: WORKSPACE } },
    },
  ];
  for (const { name, vendor } of vendors) {
    const known = existing.find((account) => account.name === name);
    if (known === undefined) await makeAccount(ask, name, vendor, burkiUrl);
    // The gateway may listen on another port now.
    else if ('burki' in vendor && known.baseUrl !== burkiUrl) await update(ask, known.id, { vendor });
  }
}

async function makeAccount(ask: Ask, name: string, vendor: object, burkiUrl: string): Promise<void> {
  const { data } = await ask(
    'CRM',
    `mutation ($input: CreateVendorAccountInput!) {
      createVendorAccount(input: $input) { vendorAccount { id system webhookUrl } errors { message } }
    }`,
    { input: { name, vendor, receives: 'burki' in vendor } },
  );
  const { vendorAccount, errors } = (data as unknown as Made).createVendorAccount;
  if (vendorAccount === null)
    throw new Error(`the vendor account ${name} was not made: ${errors[0]?.message}`);
  if (vendorAccount.system === 'VCITA') await update(ask, vendorAccount.id, { paused: true });
  if (vendorAccount.system === 'BURKI') {
    await ask('CRM', 'mutation ($id: ID!) { startCallImport(account: $id) { errors { message } } }', {
      id: vendorAccount.id,
    });
    await sendMessages(vendorAccount.webhookUrl ?? '', burkiUrl);
  }
}

interface Made {
  createVendorAccount: {
    vendorAccount: { id: string; system: string; webhookUrl: string | null } | null;
    errors: { message: string }[];
  };
}

/** To the gateway that listens, if one does. */
async function sendMessages(webhookUrl: string, burkiUrl: string): Promise<void> {
  const url = new URL(`/hooks/${webhookUrl.split('/hooks/')[1]}`, burkiUrl);
  for (const message of burkiMessages()) {
    const body = JSON.stringify(message);
    const signal = AbortSignal.timeout(5_000);
    const isThere = await fetch(url, { method: 'POST', body, signal }).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
  }
}

const update = (ask: Ask, id: string, input: object) =>
  ask(
    'CRM',
    'mutation ($id: ID!, $input: UpdateVendorAccountInput!) { updateVendorAccount(id: $id, input: $input) { errors { message } } }',
    { id, input },
  );
