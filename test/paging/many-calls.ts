import type { Client } from '../support/gateway.js';

export async function makeCalls(client: Client, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const reference = `{ system: OTHER, name: "number", value: "${number}" }`;
    const { upsertCall } = await client.ask(`mutation {
      upsertCall(input: {
        references: [${reference}, { system: BURKI, name: "id", value: "${number}" }]
        metadata: { number: ${number} }
        status: ${number % 2 === 0 ? 'RINGING' : 'IN_PROGRESS'}
        ${number % 3 === 0 ? '' : `duration: ${1000 + (number % 4)} startedAt: "2024-01-0${1 + (number % 5)}T00:00:00Z"`}
        groups: [{ kind: "all", key: "all" }, { kind: "own", key: "${number}" }]
        ${number === 0 ? '' : 'parent: { reference: { system: OTHER, name: "number", value: "0" } }'}
        callFlow: [{ ringing: {} }, { hangup: {} }]
      }) { call { id } errors { message } }
      createVoiceCall(call: { reference: ${reference} }, input: {
        staffUid: "s${number}", clientUid: "c", fromNumber: "+14155550148", toNumber: "+14155550901", direction: INBOUND
        status: INCOMING_CALL, rate: "0", provider: VONAGE, sourceId: "source ${number}", externalUuid: "external ${number}"
      }) { errors { message } }
      replaceCallFlow(call: { reference: ${reference} }, commands: [{ say: { text: "${number}" } }, { hangup: {} }]) {
        errors { message }
      }
    }`);
    ids.unshift(upsertCall.call.id);
  }
  return ids;
}
