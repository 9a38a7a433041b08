import { toFlowCommands } from '../../call-flows/call-flow-command.checks.js';
import { checkReplacement } from '../../call-flows/replace-call-flow.checks.js';
import { birdId } from '../../calls/reference/bird-id.js';
import type { CallTarget, ReferenceValue } from '../../calls/reference/call-target.values.js';
import type { ShownCall } from '../../db/tables/call-columns.js';
import { refuseIf, refuseUnknown } from '../../foundation/refusal.js';
import type { Context } from '../../graphql/context.js';
import { demandScope } from '../../graphql/scope-checks.js';
import { described, object, STRING } from '../schemas.js';
import { callOf, referenceValues, targetOf } from '../targets.js';
import { READ, signed, type VendorApi, WRITE } from '../vendor-api.js';
import { birdCall, commandOf } from './bird-call.js';
import { birdRefused } from './bird-failures.js';
import { type BirdCommand, FLOW, toCommandInputs } from './bird-flow.js';

const ONE = object(
  {
    workspaceId: described(STRING, 'The workspace of the call.'),
    channelId: described(STRING, 'The channel of the call.'),
    callId: described(STRING, "Bird's id of the call."),
  },
  ['workspaceId', 'channelId', 'callId'],
);
interface One {
  workspaceId: string;
  channelId: string;
  callId: string;
}

const PATCH = object({
  status: {
    ...described({ type: 'string', enum: ['completed', null] }, 'Hangs up, after a flow that comes with it.'),
    nullable: true,
  },
  callFlow: described(FLOW, 'Replaces the active flow.'),
});
interface Patch {
  status?: 'completed' | null;
  callFlow?: BirdCommand[];
}

const CALL = '/:workspaceId/channels/:channelId/calls/:callId';

/** https://docs.bird.com: "Update a call" and its like, of the API at api.bird.com. */
export const birdApi: VendorApi = {
  name: 'bird',
  title: 'Bird',
  prefix: '/workspaces',
  reportsAll: false,
  refused: birdRefused,
  routes: [
    signed({
      name: 'bird.getCall',
      method: 'GET',
      url: CALL,
      summary: 'A call.',
      answers: 'The call.',
      schema: { params: ONE },
      scope: 'CALLS_READ',
      points: () => READ,
      async run(context, { params }: { params: One }) {
        const { call } = await found(context, params);
        return shown(context, call, params);
      },
    }),
    signed({
      name: 'bird.updateCall',
      method: 'PATCH',
      url: CALL,
      summary: 'Replaces the flow of a call, as replaceCallFlow does, or hangs it up, as hangUpCall does.',
      status: 202,
      answers: 'The call as it is now.',
      schema: { params: ONE, body: PATCH },
      scope: 'CALLS_READ',
      points: () => WRITE,
      async run(context, { params, body }: { params: One; body: Patch }) {
        const { viewer, services } = context;
        const { callFlow, status } = body;
        if (callFlow !== undefined) demandScope(viewer, 'CALL_FLOWS_WRITE');
        if (status === 'completed') demandScope(viewer, 'CALLS_WRITE');
        const { target, call } = await found(context, params);
        const replaced = callFlow === undefined ? call : await replaceFlow(context, target, callFlow);
        const ended = status === 'completed' ? await services.callFlows.hangUp(viewer, target) : replaced;
        return shown(context, ended, params);
      },
    }),
    signed({
      name: 'bird.hangUpCall',
      method: 'POST',
      url: `${CALL}/hangup`,
      summary: 'Hangs up, as hangUpCall does.',
      status: 202,
      answers: 'The command that hangs up.',
      schema: { params: ONE },
      scope: 'CALLS_WRITE',
      points: () => WRITE,
      async run(context, { params }: { params: One }) {
        const { target } = await found(context, params);
        await context.services.callFlows.hangUp(context.viewer, target);
        return commandOf(params.callId, 'hangup');
      },
    }),
  ],
};

async function replaceFlow(
  { viewer, services }: Context,
  target: CallTarget,
  flow: readonly BirdCommand[],
): Promise<ShownCall> {
  const commands = toCommandInputs(flow);
  const invalid = checkReplacement(commands, null);
  refuseIf(invalid);
  const given = { expectedFlowRevision: null, idempotencyKey: null, invalid };
  return (await services.callFlows.replace(viewer, target, toFlowCommands(commands), given)).call;
}

/** The call, if it is of this workspace and channel, as far as they are known. @throws Refusal NOT_FOUND */
async function found(context: Context, { workspaceId, channelId, callId }: One) {
  const reference: ReferenceValue = { system: 'BIRD', name: 'id', value: callId };
  const target = targetOf(reference, `ID ${callId}`);
  const call = await callOf(context, target);
  const isThere = isSame(call.workspaceId, workspaceId) && isSame(call.channelId, channelId);
  return isThere ? { target, call } : refuseUnknown('Call', target, 'reference');
}

const isSame = (known: string | null, given: string) => known === null || birdId(known) === birdId(given);

async function shown(context: Context, call: ShownCall, { callId }: One) {
  const flow = await context.reads.loaders.activeCallFlowByCallId.load(call.id);
  return birdCall(call, { id: birdId(callId), parentId: await parentOf(context, call), flow });
}

async function parentOf(context: Context, { parentId, parentSystem, parentValue }: ShownCall) {
  if (parentId === null) return parentSystem === 'BIRD' ? parentValue : null;
  const [id = null] = await referenceValues(context, parentId, 'BIRD', 'id');
  return id;
}
