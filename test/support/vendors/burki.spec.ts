import { closed, OBJECT, open, orNull, STRING, type VendorSpec } from './vendor-spec.js';

const INTEGER = { type: 'integer' };
const INSTANT = { type: 'string', format: 'date-time' };
const call = { call_id: INTEGER };

const NUMBER = { type: 'number' };

/** Burki requires the first six; of a call that Burki does not know whole, they may be null. */
const CALL = closed(
  {
    ...{
      id: orNull(INTEGER),
      call_sid: orNull(STRING),
      assistant_id: orNull(INTEGER),
      status: orNull(STRING),
    },
    ...{ to_phone_number: orNull(STRING), customer_phone_number: orNull(STRING) },
    ...{ assistant_name: orNull(STRING), flow_name: orNull(STRING), call_meta: orNull(OBJECT) },
    ...{ duration: orNull(INTEGER), started_at: orNull(INSTANT), ended_at: orNull(INSTANT) },
    ...{ total_cost: orNull(NUMBER), llm_cost: orNull(NUMBER), tts_cost: orNull(NUMBER) },
    ...{ stt_cost: orNull(NUMBER), telephony_cost: orNull(NUMBER), cost_currency: orNull(STRING) },
  },
  ['id', 'call_sid', 'assistant_id', 'status', 'to_phone_number', 'customer_phone_number'],
);
const PAGE = closed(
  { items: { type: 'array', items: CALL }, total: INTEGER, skip: INTEGER, limit: INTEGER },
  ['items', 'total', 'skip', 'limit'],
);
const REFUSAL = closed(
  {
    detail: {
      anyOf: [
        STRING,
        {
          type: 'array',
          minItems: 1,
          items: open({ loc: { type: 'array', items: STRING }, msg: STRING, type: STRING }, [
            'loc',
            'msg',
            'type',
          ]),
        },
      ],
    },
  },
  ['detail'],
);

export const BURKI: VendorSpec = {
  scheme: 'Bearer',
  refusal: REFUSAL,
  operations: [
    {
      name: 'updateMetadata',
      method: 'PATCH',
      path: '/api/v1/calls/{call_id}/metadata',
      parameters: call,
      body: closed({ metadata: OBJECT }, ['metadata']),
      answers: { 200: CALL },
    },
    {
      name: 'terminate',
      method: 'POST',
      path: '/api/v1/calls/{call_sid}/terminate',
      answers: { 200: closed({ success: { type: 'boolean' }, message: STRING }, ['success', 'message']) },
    },
    {
      name: 'list',
      method: 'GET',
      path: '/api/v1/calls/',
      query: closed({
        skip: { type: 'integer', minimum: 0 },
        limit: { type: 'integer', minimum: 1, maximum: 1000 },
        status: STRING,
        assistant_id: INTEGER,
        customer_phone: STRING,
        call_sid: STRING,
        assistant_name: STRING,
        date_from: INSTANT,
        date_to: INSTANT,
        min_duration: INTEGER,
        max_duration: INTEGER,
      }),
      answers: { 200: PAGE },
    },
    {
      name: 'play',
      method: 'GET',
      path: '/api/v1/calls/{call_id}/recording/{recording_id}/play',
      parameters: { ...call, recording_id: INTEGER },
    },
    { name: 'recordings', method: 'GET', path: '/api/v1/calls/{call_id}/recordings', parameters: call },
    {
      name: 'transcripts',
      method: 'GET',
      path: '/api/v1/calls/{call_id}/transcripts',
      parameters: call,
      query: closed({ speaker: STRING, include_interim: { type: 'boolean' } }),
    },
    {
      name: 'get',
      method: 'GET',
      path: '/api/v1/calls/{call_id}',
      parameters: call,
      answers: { 200: CALL },
    },
    { name: 'getBySid', method: 'GET', path: '/api/v1/calls/sid/{call_sid}', answers: { 200: CALL } },
  ],
};
