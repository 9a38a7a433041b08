import type { VoiceCallRow } from '../../db/tables/voice-calls.js';
import { refuseUnknown } from '../../foundation/refusal.js';
import type { Context } from '../../graphql/context.js';
import { uuidOf } from '../../graphql/ids.js';
import { toVoiceCall } from '../../voice-calls/voice-call.checks.js';
import type { VoiceCallTarget } from '../../voice-calls/voice-call-target.js';
import { described, object, STRING } from '../schemas.js';
import { targetOf } from '../targets.js';
import { READ, signed, type VendorApi, WRITE } from '../vendor-api.js';
import { CREATE, newVoiceCallOf, replacementOf, UPDATE, type VoiceCallBody } from './vcita-bodies.js';
import { vcitaRefused } from './vcita-failures.js';
import { LIST_QUERY, type ListQuery, sliceOf } from './vcita-list.js';
import { vcitaVoiceCall } from './vcita-voice-call.js';

const ONE = object({ uid: described(STRING, "vcita's uid, or the id of the voice call here.") }, ['uid']);
type One = { uid: string };

/** https://developers.intandem.tech: "Voice Call" */
export const vcitaApi: VendorApi = {
  name: 'vcita',
  title: 'vcita',
  prefix: '/v3/communication/voice_calls',
  reportsAll: true,
  refused: vcitaRefused,
  routes: [
    signed({
      name: 'vcita.listVoiceCalls',
      method: 'GET',
      url: '/',
      summary: 'The voice calls, those that changed last first.',
      answers: 'A page of voice calls.',
      schema: { querystring: LIST_QUERY },
      scope: 'CALLS_READ',
      points: ({ per_page = 0 }: ListQuery) => 1 + per_page,
      async run({ services, viewer }, { query }) {
        const rows = await services.voiceCallFinder.slice(viewer, sliceOf(query));
        return accepted({ voice_calls: rows.map(vcitaVoiceCall) });
      },
    }),
    signed({
      name: 'vcita.createVoiceCall',
      method: 'POST',
      url: '/',
      summary: 'Creates a voice call, as createVoiceCall does.',
      answers: 'The new voice call.',
      schema: { body: CREATE },
      scope: 'VOICE_CALLS_WRITE',
      points: () => WRITE,
      async run({ services, viewer }, { body }: { body: VoiceCallBody }) {
        const input = toVoiceCall(newVoiceCallOf(body));
        return accepted(vcitaVoiceCall(await services.intake.createVoiceCall(viewer, null, input)));
      },
    }),
    signed({
      name: 'vcita.getVoiceCall',
      method: 'GET',
      url: '/:uid',
      summary: 'A voice call by its uid.',
      answers: 'The voice call.',
      schema: { params: ONE },
      scope: 'CALLS_READ',
      points: () => READ,
      run: async (context, { params }: { params: One }) =>
        accepted(vcitaVoiceCall(await voiceCallOf(context, params))),
    }),
    signed({
      name: 'vcita.updateVoiceCall',
      method: 'PUT',
      url: '/:uid',
      summary: 'Replaces a voice call, as updateVoiceCall does.',
      answers: 'The voice call as it is now.',
      schema: { params: ONE, body: UPDATE },
      scope: 'VOICE_CALLS_WRITE',
      points: () => WRITE,
      async run({ services, viewer }, { params, body }: { params: One; body: VoiceCallBody }) {
        const input = toVoiceCall(replacementOf(body));
        const target = voiceCallTarget(params);
        return accepted(vcitaVoiceCall(await services.voiceCalls.update(viewer, target, input, null)));
      },
    }),
  ],
};

const accepted = (data: object) => ({ success: true, data });

function voiceCallTarget({ uid }: One): VoiceCallTarget {
  const id = uuidOf('voice_call', uid);
  const label = `uid ${uid}`;
  if (id !== null) return { path: [], label, id };
  return { path: [], label, call: targetOf({ system: 'VCITA', name: 'uid', value: uid }, label) };
}

async function voiceCallOf({ reads: { loaders } }: Context, params: One): Promise<VoiceCallRow> {
  const target = voiceCallTarget(params);
  if ('id' in target) return (await loaders.voiceCallById.load(target.id)) ?? unknown(target);
  if (!('reference' in target.call)) return unknown(target);
  const call = await loaders.callByReference.load(target.call.reference);
  const voiceCall = call === null ? null : await loaders.voiceCallByCallId.load(call.id);
  return voiceCall ?? unknown(target);
}

const unknown = (target: VoiceCallTarget): never => refuseUnknown('Voice call', target, 'uid');
