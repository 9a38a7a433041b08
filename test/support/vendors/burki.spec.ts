import { closed, OBJECT, STRING, type VendorSpec } from './vendor-spec.js';

const INTEGER = { type: 'integer' };
const INSTANT = { type: 'string', format: 'date-time' };
const call = { call_id: INTEGER };

export const BURKI: VendorSpec = {
  scheme: 'Bearer',
  operations: [
    {
      name: 'updateMetadata',
      method: 'PATCH',
      path: '/api/v1/calls/{call_id}/metadata',
      parameters: call,
      body: closed({ metadata: OBJECT }, ['metadata']),
    },
    { name: 'terminate', method: 'POST', path: '/api/v1/calls/{call_sid}/terminate' },
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
    },
    { name: 'get', method: 'GET', path: '/api/v1/calls/{call_id}', parameters: call },
    {
      name: 'play',
      method: 'GET',
      path: '/api/v1/calls/{call_id}/recording/{recording_id}/play',
      parameters: { ...call, recording_id: INTEGER },
    },
    { name: 'getBySid', method: 'GET', path: '/api/v1/calls/sid/{call_sid}' },
  ],
};
