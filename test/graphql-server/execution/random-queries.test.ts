import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import { type Names, namesOfNothing } from '../../identity/world.js';
import { openTestGateway, type TestGateway } from '../../support/gateway.js';
import {
  type Answered,
  anew,
  codesIn,
  type Question,
  type Send,
  sender,
  takeExecutors,
  watchExecutors,
} from './both-ways.js';
import { type Pools, randomDocuments } from './random-documents.js';
import { HARD_METADATA, makeRichWorld } from './rich-world.js';

let gateway: TestGateway;
let pools: Pools;
let send: Send;
let unwatch: () => void;
beforeAll(async () => {
  unwatch = watchExecutors();
  gateway = await openTestGateway();
  const client = await gateway.client();
  pools = poolsOf(await makeRichWorld(client, gateway.database));
  send = sender(gateway.url, client.token);
});
afterAll(async () => {
  unwatch();
  await gateway.close();
});

/** Most values are valid, so that errors do not hide everything else. */
function poolsOf(names: Names): Pools {
  const nothing = namesOfNothing();
  const page = (field: string, ...cursors: string[]) => ({
    [`${field}.after`]: [null, ...cursors, null, 'x'],
    [`${field}.before`]: [null, ...cursors, null, names.voiceCallCursor],
  });
  const ids = [
    ...[names.call, names.voiceCall, names.callFlow, names.command, names.group, names.change],
    ...[names.event, names.rule, names.organization, nothing.call, nothing.event, names.waiting],
    ...[names.vendorAccount, names.delivery, nothing.delivery, names.message, names.callImport],
  ];
  return {
    'call.id': [names.call, names.call, nothing.call, names.group],
    'callFlow.id': [names.callFlow, names.callFlow, nothing.callFlow, 'call_x'],
    'voiceCall.id': [names.voiceCall, names.voiceCall, nothing.voiceCall, 12],
    'node.id': ids,
    'nodes.ids': [...ids, ...ids, ''],
    ...page('calls', names.callCursor, names.callOfGroupCursor, names.callOfEventCursor),
    ...page('voiceCalls', names.voiceCallCursor),
    ...page('callEvents', names.eventCursor),
    ...page('inboundMessages', names.messageCursor, names.deliveryCursor),
    ...page('deliveries', names.deliveryCursor, names.deliveryOfCallCursor),
    account: [names.vendorAccount, names.vendorAccount, nothing.vendorAccount, names.call],
    ...page('children', names.childCursor),
    ...page('events', names.eventOfCallCursor),
    ...page('callFlows', names.flowCursor),
    ...page('history', names.changeCursor),
    first: [1, 2, null, 200, 3, 4, 5, 6, 7, 0],
    last: [2, null, null, null, -1],
    key: [names.groupKey, 'x'],
    kind: ['case'],
    value: [names.reference, names.child, 'x'],
    Int: [0, 1, 60, 2_147_483_647],
    String: ['case', names.groupKey, 'staff-1', '', 'tag "b"', 'ü'],
    Boolean: [true, false],
    DateTime: ['2020-01-01T00:00:00Z', '2099-01-01T00:00:00+02:00', '2024-01-15T10:00:00.123Z'],
    PhoneNumber: ['+14155550148', '+14155550901'],
    JSONObject: [{ a: 1 }, {}, { b: [1, { c: null }] }, { constructor: 'c' }, HARD_METADATA],
  };
}

/** Not where a key of an object is not a name: such an object can only be a variable. */
function isValid(document: string): boolean {
  try {
    return validate(publicSchema(), parse(document)).length === 0;
  } catch {
    return false;
  }
}

/** Of several failures, graphql-js reports those that it reaches in time, and their number varies. */
const hasSeveral = (answered: Answered): boolean => (codesIn(answered)?.length ?? 0) > 1;

const withoutErrors = ({ status, body }: Answered) => ({ status, data: JSON.parse(body).data });

it('compiled code answers queries of any form as graphql-js does', async () => {
  const compiled: boolean[] = [];
  const expectSame = async (answered: Answered, question: Question) => {
    const other = await send(anew(question));
    const isLoose = hasSeveral(answered) || hasSeveral(other);
    const shown = (each: Answered) => (isLoose ? withoutErrors(each) : each);
    expect(shown(answered)).toEqual(shown(other));
  };

  await fc.assert(
    fc.asyncProperty(randomDocuments(pools), async ({ document, variables: [first, second] }) => {
      fc.pre(isValid(document));
      const own = anew({ document });
      await send({ ...own, variables: first });
      takeExecutors();
      const again = await send({ ...own, variables: first });
      compiled.push(takeExecutors().includes('compiled'));
      await expectSame(again, { document, variables: first });
      await expectSame(await send({ ...own, variables: second }), { document, variables: second });
    }),
    { numRuns: Number(process.env.RUNS ?? 60), interruptAfterTimeLimit: Number(process.env.LIMIT ?? 20_000) },
  );
  expect(compiled.filter(Boolean).length).toBeGreaterThan(compiled.length / 3);
});
