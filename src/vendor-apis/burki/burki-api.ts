import type { ShownCall } from '../../db/tables/call-columns.js';
import type { Context } from '../../graphql/context.js';
import { toMerge } from '../../metadata/merge.checks.js';
import { metadataOf } from '../metadata.js';
import { described, ID, METADATA, object, STRING } from '../schemas.js';
import { callOf, referenceValues, targetOf } from '../targets.js';
import { READ, signed, TOTAL, type VendorApi, WRITE } from '../vendor-api.js';
import { burkiCall } from './burki-call.js';
import { burkiRefused } from './burki-failures.js';
import { LIST_QUERY, type ListQuery, scanPoints, sliceOf } from './burki-list.js';

const ONE = object({ call_id: described(ID, "Burki's id of the call.") }, ['call_id']);
const SID = object({ call_sid: described(STRING, 'The SID of the call.') }, ['call_sid']);

type One = { call_id: number };
type Sid = { call_sid: string };

const byId = ({ call_id: id }: One) =>
  targetOf({ system: 'BURKI', name: 'id', value: String(id) }, `ID ${id}`);
const bySid = ({ call_sid: sid }: Sid) =>
  targetOf({ system: 'BURKI', name: 'callSid', value: sid }, `SID ${sid}`);

/** https://docs.burki.dev */
export const burkiApi: VendorApi = {
  name: 'burki',
  title: 'Burki',
  prefix: '/api/v1/calls',
  reportsAll: true,
  refused: burkiRefused,
  routes: [
    signed({
      name: 'burki.listCalls',
      method: 'GET',
      url: '/',
      summary: 'The calls that have a reference of Burki, newest first.',
      answers: '`items`, and how many there are in all.',
      schema: { querystring: LIST_QUERY },
      scope: 'CALLS_READ',
      points: ({ limit = 0, ...filter }: ListQuery) => 1 + limit + TOTAL + scanPoints(filter),
      async run(context, { query }) {
        const { skip, limit } = query;
        const slice = sliceOf(query, context.services.limits);
        const { calls, total } = await context.services.calls.slice(context.viewer, slice);
        const items = await Promise.all(calls.map((call) => shown(context, call)));
        return { items, total, skip, limit };
      },
    }),
    signed({
      name: 'burki.getCall',
      method: 'GET',
      url: '/:call_id',
      summary: 'A call by its id.',
      answers: 'The call.',
      schema: { params: ONE },
      scope: 'CALLS_READ',
      points: () => READ,
      run: async (context, { params }: { params: One }) =>
        shown(context, await callOf(context, byId(params))),
    }),
    signed({
      name: 'burki.getCallBySid',
      method: 'GET',
      url: '/sid/:call_sid',
      summary: 'A call by its SID.',
      answers: 'The call.',
      schema: { params: SID },
      scope: 'CALLS_READ',
      points: () => READ,
      run: async (context, { params }: { params: Sid }) =>
        shown(context, await callOf(context, bySid(params))),
    }),
    signed({
      name: 'burki.updateCallMetadata',
      method: 'PATCH',
      url: '/:call_id/metadata',
      summary: 'Merges into the metadata of a call, as mergeCallMetadata does.',
      answers: 'The call with the merged metadata.',
      schema: { params: ONE, body: object({ metadata: METADATA }, ['metadata']) },
      scope: 'METADATA_WRITE',
      points: () => WRITE,
      async run(context, { params, body }: { params: One; body: { metadata: unknown } }) {
        const { services, viewer } = context;
        const target = byId(params);
        const call = { reference: target.reference };
        const merge = toMerge({ call, metadata: metadataOf(body.metadata) }, [], services.limits);
        return shown(context, await services.metadata.merge(viewer, { ...merge, target }));
      },
    }),
    signed({
      name: 'burki.terminateCall',
      method: 'POST',
      url: '/:call_sid/terminate',
      summary: 'Ends a call that is going on, as hangUpCall does.',
      answers: '`success` and `message`.',
      schema: { params: SID },
      scope: 'CALLS_WRITE',
      points: () => WRITE,
      async run({ services, viewer }, { params }: { params: Sid }) {
        await services.callFlows.hangUp(viewer, bySid(params));
        return { success: true, message: 'Call terminated successfully' };
      },
    }),
  ],
};

async function shown(context: Context, call: ShownCall) {
  const [id = null, callSid = null] = await referenceValues(context, call.id, 'BURKI', 'id', 'callSid');
  return burkiCall(call, { id, callSid });
}
