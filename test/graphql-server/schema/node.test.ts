import { describe, expect, it } from 'vitest';
import { execute, SUFFIX, UUID } from '../execution/fake-context.js';

const row =
  (extra: object = {}) =>
  async (id: string) => ({ id, ...extra });
const nothing = async () => null;
const loaders = {
  callById: row(),
  voiceCallById: row(),
  callFlowById: row(),
  commandById: row({ command: 'SAY', text: 'Hello' }),
  groupById: row({ kind: 'case' }),
  changeById: row(),
  callEventById: row(),
  matchRuleById: row({ deletedAt: null }),
  vendorAccountById: row({ deletedAt: null }),
  deliveryById: row(),
  inboundMessageById: row(),
  callImportById: row(),
  recordingById: row(),
  transcriptById: row(),
};

describe('node', () => {
  it.each([
    ['organization', 'Organization'],
    ['call', 'Call'],
    ['voice_call', 'VoiceCall'],
    ['call_flow', 'CallFlow'],
    ['call_flow_command', 'SayCommand'],
    ['call_group', 'CallGroup'],
    ['call_change', 'CallChange'],
    ['call_event', 'CallEvent'],
    ['match_rule', 'MatchRule'],
    ['vendor_account', 'VendorAccount'],
    ['delivery', 'Delivery'],
    ['inbound_message', 'InboundMessage'],
    ['call_import', 'CallImport'],
    ['call_recording', 'CallRecording'],
    ['call_transcript', 'CallTranscript'],
  ])('reads a %s back as a %s', async (prefix, typename) => {
    const id = `${prefix}_${SUFFIX}`;
    const answer = await execute(`{ node(id: "${id}") { __typename id ... on SayCommand { text } } }`, {
      loaders,
    });
    expect(answer.data?.node).toMatchObject({ __typename: typename, id });
  });

  it.each([
    'call',
    'voice_call',
    'call_flow',
    'call_flow_command',
    'call_group',
    'call_change',
    'call_event',
    'match_rule',
    'vendor_account',
    'delivery',
    'inbound_message',
    'call_import',
    'call_recording',
    'call_transcript',
  ])('is null for a %s that is unknown', async (prefix) => {
    const none = Object.fromEntries(Object.keys(loaders).map((name) => [name, nothing]));
    const answer = await execute(`{ node(id: "${prefix}_${SUFFIX}") { id } }`, { loaders: none });
    expect(answer).toEqual({ data: { node: null } });
  });

  it.each([
    ['match_rule', 'matchRuleById'],
    ['vendor_account', 'vendorAccountById'],
  ])('is null for a %s that was deleted', async (prefix, loader) => {
    const deleted = { [loader]: row({ deletedAt: new Date() }) };
    const answer = await execute(`{ node(id: "${prefix}_${SUFFIX}") { id } }`, { loaders: deleted });
    expect(answer).toEqual({ data: { node: null } });
  });

  it("is null for another organization's organization", async () => {
    const viewer = { organization: { id: UUID.replace('0189', '0190'), slug: 'b', name: 'B' } };
    const answer = await execute(`{ node(id: "organization_${SUFFIX}") { id } }`, { viewer });
    expect(answer).toEqual({ data: { node: null } });
  });

  it.each(['', 'call', `Call_${SUFFIX}`, `api_key_${SUFFIX}`, `match_rule_${SUFFIX}x`, UUID])(
    'refuses the id %j as BAD_USER_INPUT',
    async (id) => {
      const { errors } = await execute('query ($id: ID!) { node(id: $id) { id } }', { loaders }, { id });
      expect(errors).toMatchObject(
        [{ message: /^id: /, extensions: { code: 'BAD_USER_INPUT' } }].map(matching),
      );
    },
  );
});

describe('nodes', () => {
  it('keeps the order of the ids, with null for what is unknown', async () => {
    const answer = await execute(
      `{ nodes(ids: ["voice_call_${SUFFIX}", "call_${SUFFIX}", "call_group_${SUFFIX}"]) { id } }`,
      { loaders: { ...loaders, callById: nothing } },
    );
    expect(answer.data.nodes).toEqual([{ id: `voice_call_${SUFFIX}` }, null, { id: `call_group_${SUFFIX}` }]);
  });

  it('accepts 500 ids, and not one more', async () => {
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const ids = new Array(501).fill(`call_${SUFFIX}`);
    expect((await execute(query, { loaders }, { ids: ids.slice(1) })).data.nodes).toHaveLength(500);
    expect((await execute(query, { loaders }, { ids })).errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});

describe.each(['call', 'voiceCall', 'callFlow'])('%s', (field) => {
  it.each(['', 'nonsense', `organization_${SUFFIX}`, `call_flow_command_${SUFFIX}`])(
    'refuses the id %j as BAD_USER_INPUT',
    async (id) => {
      const { errors } = await execute(`query ($id: ID!) { ${field}(id: $id) { id } }`, { loaders }, { id });
      expect(errors).toMatchObject([{ path: [field], extensions: { code: 'BAD_USER_INPUT' } }]);
    },
  );
});

function matching({ message, ...rest }: { message: RegExp; extensions: object }) {
  return { message: expect.stringMatching(message), ...rest };
}
