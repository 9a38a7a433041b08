import { closed, oneOf, open, orNull, type Schema, STRING, type VendorSpec } from './vendor-spec.js';

const PATH = '/v3/communication/voice_calls';

const CREATED = {
  staff_uid: STRING,
  client_uid: STRING,
  from_number: STRING,
  to_number: STRING,
  direction: oneOf('INBOUND', 'OUTBOUND'),
  status: oneOf(
    'INCOMING_CALL',
    'ANSWERED_BY_STAFF',
    'MISSED',
    'ANSWERED_BY_CALLS_PROVIDER',
    'MISSED_CALL_HANDLED',
    'VOICEMAIL',
  ),
  rate: STRING,
  provider: oneOf('VONAGE'),
  source_id: STRING,
  external_uuid: STRING,
};
const UPDATED = {
  ...CREATED,
  price: STRING,
  duration: { type: 'number' },
  call_summary: STRING,
  external_app_url: STRING,
  external_app_name: STRING,
  recording_id: STRING,
};

const VOICE_CALL = closed(
  {
    ...{ uid: STRING, created_at: STRING, updated_at: STRING, duration: orNull({ type: 'integer' }) },
    ...{ status: CREATED.status, direction: CREATED.direction, staff_uid: STRING, client_uid: STRING },
    ...{ from_number: STRING, to_number: STRING, source_id: STRING, external_uuid: STRING },
    ...{ call_summary: orNull(STRING), external_app_url: orNull(STRING), external_app_name: orNull(STRING) },
    recording: orNull(open({ uid: STRING }, ['uid'])),
    ...{ handled_by_staff_uid: orNull(STRING), handled_at: orNull(STRING), deleted_at: orNull(STRING) },
    transcript_status: orNull(STRING),
  },
  ['uid', 'created_at', 'updated_at', 'status', 'direction', 'source_id', 'external_uuid'],
);
const accepted = (data: Schema) => ({
  200: closed({ success: { type: 'boolean', const: true }, data }, ['success', 'data']),
});
const REFUSAL = closed(
  {
    success: { type: 'boolean', const: false },
    errors: {
      type: 'array',
      minItems: 1,
      items: closed({ code: STRING, message: STRING, field: STRING }, ['code', 'message']),
    },
  },
  ['success', 'errors'],
);

export const VCITA: VendorSpec = {
  scheme: 'Bearer',
  refusal: REFUSAL,
  operations: [
    {
      name: 'create',
      method: 'POST',
      path: PATH,
      body: closed({ ...CREATED, business_uid: STRING }, [...Object.keys(CREATED), 'business_uid']),
      answers: accepted(VOICE_CALL),
    },
    {
      name: 'update',
      method: 'PUT',
      path: `${PATH}/{uid}`,
      body: closed({ ...UPDATED, handled_by_staff_uid: STRING }, Object.keys(UPDATED)),
      answers: accepted(VOICE_CALL),
    },
    { name: 'get', method: 'GET', path: `${PATH}/{uid}`, answers: accepted(VOICE_CALL) },
    { name: 'transcript', method: 'GET', path: `${PATH}/{uid}/transcript` },
    {
      name: 'file',
      method: 'GET',
      path: '/files/{recording}',
      query: closed({ signature: STRING }, ['signature']),
      isOpen: true,
    },
    {
      name: 'list',
      method: 'GET',
      path: PATH,
      query: {
        ...closed({
          page: { type: 'number', minimum: 1, maximum: 10_000 },
          per_page: { type: 'number', minimum: 1, maximum: 100 },
          sort: { type: 'string', pattern: '^\\w+:(asc|desc)(,\\w+:(asc|desc))*$' },
        }),
        patternProperties: { '^filter\\[\\w+\\](\\[(eq|gt|gte|lt|lte)\\])?$': STRING },
      },
      answers: accepted(closed({ voice_calls: { type: 'array', items: VOICE_CALL } }, ['voice_calls'])),
    },
  ],
};
