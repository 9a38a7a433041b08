import { upsertCalls } from '../intake/upserts.js';
import { VOICE_CALL } from '../intake/voice-calls.js';
import { createVoiceCall } from '../support/documents.js';
import { clientOf } from '../support/gateway.js';
import { untilFinal } from './final-log.js';
import type { Written } from './writers.js';

const ownReference = ({ id }: { id: string }, value = id) => ({ system: 'OTHER', name: 'own', value });

export interface PreparedCalls {
  calls: Written[];
  cursor: string;
  ownReference(call: Written): object;
}

export async function prepareCalls(
  url: string,
  token: string,
  databaseUrl: string,
  count: number,
): Promise<PreparedCalls> {
  const client = clientOf(url, token, `Bearer ${token}`);
  const names = new Map<string, string>();
  const payloads = await upsertCalls(
    client,
    Array.from({ length: count }, (_, index) => ({
      references: [ownReference({ id: '' }, `${index}`)],
      status: 'RINGING',
    })),
  );
  const calls = await Promise.all(
    payloads.map(async ({ call: { id } }, index): Promise<Written> => {
      names.set(id, `${index}`);
      if (index % 2 === 0) return { id };
      const input = { ...VOICE_CALL, sourceId: `s${index}`, externalUuid: `e${index}` };
      const { voiceCall } = await createVoiceCall(client, { call: { id }, input });
      return { id, voiceCall: voiceCall.id };
    }),
  );
  await untilFinal(databaseUrl);
  const { changeCursor } = await client.ask('{ changeCursor }');
  return { calls, cursor: changeCursor, ownReference: (call) => ownReference(call, names.get(call.id)) };
}
