import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mergeCallMetadata, readCall, readHistory, upsertCall } from '../support/documents.js';
import { type Answer, type Client, openTestGateway, type TestGateway } from '../support/gateway.js';
import {
  CAMPAIGN,
  CUSTOMER_INFO,
  OUTCOME,
  OUTCOME_NOTES,
  REQUEST_BODY,
  REQUEST_EXAMPLE,
  RESPONSE,
  WEBHOOK,
} from './burki-document.js';

let gateway: TestGateway;
let client: Client;
beforeAll(async () => {
  gateway = await openTestGateway();
});
beforeEach(async () => {
  client = await gateway.client();
});
afterAll(() => gateway.close());

const byId = { reference: { system: 'BURKI', name: 'id', value: '101' } };
const bySid = { reference: { system: 'BURKI', name: 'callSid', value: RESPONSE.call_sid } };

/** Call 101 as a Burki adapter writes it, without its metadata. */
const call101 = {
  references: [byId.reference, bySid.reference],
  assistant: { assistantId: String(RESPONSE.assistant_id), name: RESPONSE.assistant_name },
  to: RESPONSE.to_phone_number,
  customerNumber: RESPONSE.customer_phone_number,
  vendorStatus: RESPONSE.status,
  duration: RESPONSE.duration,
  startedAt: RESPONSE.started_at,
  endedAt: RESPONSE.ended_at,
  cost: {
    total: String(RESPONSE.total_cost),
    llm: String(RESPONSE.llm_cost),
    tts: String(RESPONSE.tts_cost),
    stt: String(RESPONSE.stt_cost),
    telephony: String(RESPONSE.telephony_cost),
    currency: RESPONSE.cost_currency,
  },
};

/** Our Call in the form of Burki's API. */
function toBurki(call: Answer['data']): typeof RESPONSE {
  const named = (name: string) =>
    call.references.find(
      (each: { system: string; name: string }) => each.system === 'BURKI' && each.name === name,
    ).value;
  const instant = (text: string) => text.replace('.000Z', 'Z');
  return {
    id: Number(named('id')),
    call_sid: named('callSid'),
    assistant_id: Number(call.assistant.assistantId),
    assistant_name: call.assistant.name,
    to_phone_number: call.to,
    customer_phone_number: call.customerNumber,
    status: call.vendorStatus,
    duration: call.duration,
    started_at: instant(call.startedAt),
    ended_at: instant(call.endedAt),
    call_meta: call.metadata,
    total_cost: Number(call.cost.total),
    llm_cost: Number(call.cost.llm),
    tts_cost: Number(call.cost.tts),
    stt_cost: Number(call.cost.stt),
    telephony_cost: Number(call.cost.telephony),
    cost_currency: call.cost.currency,
  };
}

async function merged(metadata: object, call: typeof byId = byId): Promise<Answer['data']> {
  const payload = await mergeCallMetadata(client, { call, metadata });
  expect(payload.errors).toEqual([]);
  return payload.call;
}

describe('Update Call Metadata', () => {
  it("returns the document's response, field by field, for its request example", async () => {
    const { call, created } = await upsertCall(client, call101);
    expect({ created, status: call.status, metadata: call.metadata }).toEqual({
      created: true,
      status: 'COMPLETED',
      metadata: {},
    });

    const answer = await merged(REQUEST_EXAMPLE);

    expect(toBurki(answer)).toEqual(RESPONSE);
    expect(toBurki(await readCall(client, call.id))).toEqual(RESPONSE);
    const { metadata, revision, updatedAt, ...others } = answer;
    expect({ ...call, metadata, revision: 2, updatedAt }).toEqual({
      ...others,
      metadata,
      revision,
      updatedAt,
    });
  });

  it('merges the whole request body, and removes the one key that is null', async () => {
    const { call } = await upsertCall(client, { ...call101, metadata: { agent: 'Ada' } });
    expect((await merged(REQUEST_BODY)).metadata).toEqual({ agent: 'Ada', ...REQUEST_BODY });

    const answer = await merged({ ticket_id: null });

    const { ticket_id: removed, ...kept } = REQUEST_BODY;
    expect(answer.metadata).toEqual({ agent: 'Ada', ...kept });
    expect(answer.revision).toBe(3);
    expect((await readHistory(client, call.id)).slice(1)).toMatchObject([
      { kind: 'METADATA_MERGED', revision: 2, patch: REQUEST_BODY, newValues: { metadata: REQUEST_BODY } },
      {
        kind: 'METADATA_MERGED',
        revision: 3,
        patch: { ticket_id: null },
        oldValues: { metadata: { ticket_id: removed } },
        newValues: { metadata: {} },
      },
    ]);
  });

  it('collects the metadata of several integrations, each sent without the others', async () => {
    await upsertCall(client, call101);
    await merged(CUSTOMER_INFO);
    await merged(OUTCOME);
    await merged(CAMPAIGN);
    expect((await merged(OUTCOME_NOTES)).metadata).toEqual({
      ...CUSTOMER_INFO,
      ...OUTCOME_NOTES,
      ...CAMPAIGN,
    });
  });

  it("tags the call from a webhook handler, by the call's sid as well as by its id", async () => {
    const { call } = await upsertCall(client, {
      references: [byId.reference, bySid.reference],
      vendorStatus: 'in-progress',
      customerNumber: RESPONSE.customer_phone_number,
    });
    expect(call).toMatchObject({ status: 'IN_PROGRESS', vendorStatus: 'in-progress' });
    const ended = await upsertCall(client, {
      references: [bySid.reference],
      vendorStatus: RESPONSE.status,
      duration: RESPONSE.duration,
    });
    expect(ended).toMatchObject({ created: false, call: { id: call.id, status: 'COMPLETED' } });

    const answer = await merged(WEBHOOK, bySid);

    expect(answer).toMatchObject({ id: call.id, metadata: WEBHOOK, revision: 3 });
    expect(answer.customerNumber).toBe(RESPONSE.customer_phone_number);
    expect((await merged(WEBHOOK)).revision).toBe(3);
  });
});

describe('Error Responses', () => {
  it('reports a call that does not exist as not found in the organization', async () => {
    const payload = await mergeCallMetadata(client, { call: byId, metadata: REQUEST_EXAMPLE });
    expect(payload).toEqual({
      call: null,
      errors: [
        {
          code: 'NOT_FOUND',
          message: 'Call with reference BURKI id 101 not found in your organization',
          path: ['call', 'reference'],
        },
      ],
    });
    const { calls } = await client.ask('{ calls { totalCount } }');
    expect(calls.totalCount).toBe(0);
  });

  it("reports the same for another organization's call 101, and leaves it unchanged", async () => {
    const other = await gateway.client();
    const { call } = await upsertCall(other, call101);
    const before = await readCall(other, call.id);

    const payloads = [
      await mergeCallMetadata(client, { call: byId, metadata: REQUEST_EXAMPLE }),
      await mergeCallMetadata(client, { call: { id: call.id }, metadata: REQUEST_EXAMPLE }),
    ];

    expect(payloads.map(({ call: seen, errors }) => [seen, errors[0].code, errors[0].message])).toEqual([
      [null, 'NOT_FOUND', 'Call with reference BURKI id 101 not found in your organization'],
      [null, 'NOT_FOUND', `Call with id ${call.id} not found in your organization`],
    ]);
    expect(await readCall(other, call.id)).toEqual(before);
  });

  it('names metadata when it is missing', async () => {
    const { call } = await upsertCall(client, call101);
    const answer = await client.send(
      `mutation { mergeCallMetadata(call: { id: "${call.id}" }) { call { id } } }`,
    );
    expect(answer.data).toBeUndefined();
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors?.[0]?.message).toContain('"metadata"');
    expect((await readCall(client, call.id)).revision).toBe(1);
  });
});
