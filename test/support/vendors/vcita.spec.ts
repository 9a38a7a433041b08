import { closed, oneOf, STRING, type VendorSpec } from './vendor-spec.js';

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

export const VCITA: VendorSpec = {
  scheme: 'Bearer',
  operations: [
    {
      name: 'create',
      method: 'POST',
      path: PATH,
      body: closed({ ...CREATED, business_uid: STRING }, [...Object.keys(CREATED), 'business_uid']),
    },
    {
      name: 'update',
      method: 'PUT',
      path: `${PATH}/{uid}`,
      body: closed({ ...UPDATED, handled_by_staff_uid: STRING }, Object.keys(UPDATED)),
    },
    { name: 'get', method: 'GET', path: `${PATH}/{uid}` },
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
    },
  ],
};
