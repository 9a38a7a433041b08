import { type GraphQLField, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REFERENCE_NAMES } from '../../../src/calls/call.enums.js';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { ACCOUNT_MEMBERS } from '../../../src/vendors/account/account-members.values.js';
import { wholeSelection } from '../../identity/whole-selection.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';
import { inputWith, type Leaf, leavesOf, type Path, shows } from './written-values.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway({ graphqlMaxAliases: 1000, graphqlMaxCost: 100_000_000 });
  client = await gateway.client();
});
afterAll(() => gateway?.close());

/** Names something that exists already, and writes nothing. */
const NAMES = ['CallLocator', 'VoiceCallLocator', 'ID'];
const SECRETS = Object.values(ACCOUNT_MEMBERS).flatMap(({ secrets }) => secrets);
/** What an account of each vendor needs. */
const OF_ACCOUNT = {
  ...Object.fromEntries(SECRETS.map((name) => [name, 'secret'])),
  baseUrl: 'https://vendor.example.com',
  businessUid: 'business',
};

/** What is not read back, and why. */
const UNREAD: Record<string, string> = {
  expectedRevision: 'is compared with what is there',
  expectedFlowRevision: 'is compared with what is there',
  idempotencyKey: 'is compared with what was sent before',
  removeTags: 'is gone then',
  removeGroups: 'is gone then',
  paused: 'is shown as the state',
  rotateWebhookToken: 'is no value: webhookUrl changes',
  ...Object.fromEntries(SECRETS.map((name) => [name, 'is a secret'])),
};
const isInGroupToLeave = (path: Path) => path.includes('removeGroups');
/** A vendor's word for the status of a command is read back as one of the schema's. */
const isWord = (path: Path) => path.includes('vendorCallFlow') && path.at(-1) === 'status';
/** The number of a customer is kept nowhere: that is what eraseCustomer is for. */
const isErased = (path: Path) => path.length === 1 && path[0] === 'number';
const isLeft = (type: string, path: Path) =>
  isErased(path) ||
  isInGroupToLeave(path) ||
  NAMES.includes(type) ||
  `${path.at(-1)}` in UNREAD ||
  isWord(path);

/** Another member that a value requires. */
const BESIDE: Record<string, (value: unknown) => Record<string, unknown>> = {
  system: (value) => ({ name: REFERENCE_NAMES[value as keyof typeof REFERENCE_NAMES]?.[0] ?? 'any' }),
  name: () => ({ system: 'OTHER' }),
  value: () => ({ system: 'OTHER' }),
  callMetadataPath: () => ({ callField: 'METADATA' }),
  callField: (value) => (value === 'METADATA' ? { callMetadataPath: ['a'] } : {}),
  playback: () => ({ say: undefined }),
};
const VALUES: Record<string, unknown[]> = {
  currency: ['EUR', 'CHF'],
  // Secrets do not go to another server.
  baseUrl: ['https://vendor.example.com/one', 'https://vendor.example.com/two'],
};

/** A field that is read under another name. */
const READ_AS: Record<string, string> = { addTags: 'tags' };

let worlds = 0;

async function newWorld(mutation: string, path: Path) {
  const reference = { system: 'OTHER', name: 'world', value: `${++worlds}` };
  const call = { reference };
  await client.ask('mutation ($input: UpsertCallInput!) { upsertCall(input: $input) { created } }', {
    input: { references: [reference] },
  });
  const known: Record<string, unknown> = { call, references: [reference] };
  if (/^(update|patch)VoiceCalls?$/.test(mutation)) {
    const arguments_ = mutationField('createVoiceCall').args;
    const type = arguments_.find(({ name }) => name === 'input')?.type;
    if (type === undefined) throw new Error('createVoiceCall has no input.');
    const input = inputWith(type, [], undefined, () => undefined);
    await written('createVoiceCall', { call, input });
    known.voiceCall = { call };
  }
  if (mutation === 'recordCallFlowProgress') {
    const { callFlow } = await written('replaceCallFlow', { call, commands: [{ hangup: {} }] });
    known.callFlow = callFlow.id;
    known.id = callFlow.commands[0].id;
  }
  if (mutation === 'createVendorAccount') {
    Object.assign(known, OF_ACCOUNT, path[1] !== 'vendor' && { vendor: { burki: { apiKey: 'secret' } } });
  }
  if (mutation === 'updateVendorAccount') {
    const [, , vendor = 'burki'] = path;
    const type = mutationField('createVendorAccount').args[0]?.type ?? expect.fail();
    const member = String(vendor) === 'creovai' ? 'clientId' : 'baseUrl';
    const given = OF_ACCOUNT as Record<string, unknown>;
    const input = inputWith(type, ['vendor', vendor, member], given[member], (name) => given[name]);
    const { vendorAccount } = await written('createVendorAccount', { input });
    known.id = vendorAccount.id;
  }
  if (mutation === 'startCallImport') {
    const vendor = { burki: { apiKey: 'secret', baseUrl: OF_ACCOUNT.baseUrl } };
    const { vendorAccount } = await written('createVendorAccount', { input: { name: `${worlds}`, vendor } });
    known.account = vendorAccount.id;
  }
  if (/^recordCallEvents?$/.test(mutation)) known.target = { call };
  if (mutation === 'updateMatchRule') {
    const input = { name: 'rule', metadataPath: ['a'], callField: 'FROM' };
    const { matchRule } = await written('createMatchRule', { input });
    known.id = matchRule.id;
  }
  return { known, reference };
}

function mutationField(name: string): GraphQLField<unknown, unknown> {
  const field = publicSchema().getMutationType()?.getFields()[name];
  if (field === undefined) throw new Error(`There is no mutation ${name}.`);
  return field;
}

const SHOWN: Record<string, string> = {
  replaceCallFlow: 'callFlow { id commands { id } }',
  createMatchRule: 'matchRule { id }',
  createVendorAccount: 'vendorAccount { id }',
};

async function written(name: string, values: Record<string, unknown>) {
  const field = mutationField(name);
  const args = field.args.filter((arg) => values[arg.name] !== undefined);
  const head = args.map((arg) => `$${arg.name}: ${arg.type}`).join(', ');
  const body = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
  const shown = SHOWN[name] ?? '';
  const { [name]: payload } = await client.ask(
    `mutation (${head}) { ${name}(${body}) { ${shown} errors { code message path } } }`,
    values,
  );
  const all = [payload].flat();
  expect(all.flatMap(({ errors }) => errors)).toEqual([]);
  return all[0];
}

/** Everything visible of the call, and of what the mutations write beside calls. */
async function read(reference: Record<string, unknown>) {
  const whole = (name: string, depth: number) => {
    const type = publicSchema().getType(name);
    if (!isObjectType(type)) throw new Error(`There is no type ${name}.`);
    return wholeSelection(
      type,
      depth,
      ({ name: field, args }) =>
        (args.length === 0 || field === 'metadata') && !/^(call|parent)$/.test(field),
    );
  };
  return client.ask(
    `query ($reference: CallReferenceInput!) {
      callByReference(reference: $reference) ${whole('Call', 3)}
      callEvents(first: 1) { nodes ${whole('CallEvent', 1)} }
      matchRules ${whole('MatchRule', 1)}
      vendorAccounts ${whole('VendorAccount', 1)}
      importing: vendorAccounts { imports(first: 1) { nodes { from to } } }
    }`,
    { reference },
  );
}

/** An input's field is tried with all values in the first mutation that takes it, and with one in the others. */
const tried = new Set<string>();
function triedValues({ path, owner, values }: Leaf): unknown[] {
  const field = `${owner}.${path.at(-1)}`;
  const all = VALUES[`${path.at(-1)}`] ?? values;
  if (owner !== '' && tried.has(field)) return all.slice(0, 1);
  tried.add(field);
  return all;
}

const ALL = Object.values(publicSchema().getMutationType()?.getFields() ?? {}).map((field) => ({
  name: field.name,
  leaves: field.args.flatMap((arg): Leaf[] =>
    leavesOf(arg.type, [arg.name], isLeft).map((leaf) => ({ ...leaf, values: triedValues(leaf) })),
  ),
}));

async function writeAndRead(name: string, { path }: Leaf, value: unknown) {
  const { known, reference } = await newWorld(name, path);
  const field = `${path.findLast((step) => typeof step === 'string')}`;
  const beside = BESIDE[field]?.(value) ?? {};
  const given = (member: string) => (member in beside ? beside[member] : known[member]);
  const values = Object.fromEntries(
    mutationField(name).args.flatMap((arg) => {
      const [head, ...rest] = path;
      if (head === arg.name) return [[arg.name, inputWith(arg.type, rest, value, given)]];
      const at = given(arg.name);
      if (at !== undefined) return [[arg.name, at]];
      return `${arg.type}`.endsWith('!') ? [[arg.name, inputWith(arg.type, [], undefined, given)]] : [];
    }),
  );
  await written(name, values);
  const [{ references = [reference] } = {}] = [values.input ?? values.inputs ?? {}].flat() as Named[];
  return shows(await read(references[0] ?? reference), READ_AS[field] ?? field, value);
}

interface Named {
  references?: Record<string, unknown>[];
}

describe.each(ALL.filter(({ leaves }) => leaves.length > 0))('$name keeps', ({ name, leaves }) => {
  it.each(leaves.map((leaf) => [leaf.path.join('.'), leaf] as const))('%s', async (_, leaf) => {
    for (const value of leaf.values) {
      expect(await writeAndRead(name, leaf, value), JSON.stringify(value)).toBe(true);
    }
  });
});

it('only what is named is left out', () => {
  expect(ALL.filter(({ leaves }) => leaves.length === 0).map(({ name }) => name)).toEqual([
    'hangUpCall',
    'deleteMatchRule',
    'dismissCallEvent',
    'assignCallEvent',
    'eraseCall',
    'eraseCustomer',
    'joinCalls',
    'deleteVendorAccount',
    'testVendorAccount',
    'replayDeliveries',
    'discardDeliveries',
    'cancelCallImport',
    'replayInboundMessages',
  ]);
});
