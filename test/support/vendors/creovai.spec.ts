import { closed, OBJECT, type Operation, oneOf, STRING, type VendorSpec } from './vendor-spec.js';

/** With or without an offset, as the vendor's own clients send it. */
const TIME = { type: 'string', format: 'iso-date-time' };

/** The id's name is in lower case, as all members are once their case is ignored. */
const event = (name: string, path: string, id: string, required: string[]): Operation => ({
  name,
  method: 'POST',
  path,
  answers: { 200: null },
  body: closed({ [id]: STRING, eventtime: TIME, metadata: OBJECT }, required),
});

export const CREOVAI: VendorSpec = {
  scheme: 'Bearer',
  ignoresCase: true,
  refusal: null,
  operations: [
    {
      name: 'token',
      method: 'POST',
      path: '/Token',
      isOpen: true,
      isForm: true,
      body: closed({ grant_type: oneOf('client_credentials'), client_id: STRING, client_secret: STRING }, [
        'grant_type',
        'client_id',
        'client_secret',
      ]),
      answers: {
        200: closed({ access_token: STRING, token_type: oneOf('bearer'), expires_in: { type: 'integer' } }, [
          'access_token',
          'token_type',
          'expires_in',
        ]),
      },
    },
    { name: 'audio', method: 'GET', path: '/interactions/v2/{id}/audio.mp3' },
    event('event', '/callevent/v1/outofband/event', 'sessionid', ['eventtime', 'metadata']),
    event('mastercall', '/callevent/v1/outofband/mastercall', 'mastercallid', [
      'mastercallid',
      'eventtime',
      'metadata',
    ]),
    event('case', '/callevent/v1/outofband/case', 'casereferenceid', [
      'casereferenceid',
      'eventtime',
      'metadata',
    ]),
    { name: 'getInteraction', method: 'GET', path: '/interactions/v2/{id}' },
    {
      name: 'status',
      method: 'POST',
      path: '/capture/v2/status',
      body: closed({ sessionids: { type: 'array', items: STRING, minItems: 1 } }, ['sessionids']),
    },
    event('collection', '/capture/v2/outofband/collection', 'collectionid', ['collectionid', 'metadata']),
    event('v1collection', '/callevent/v1/outofband/collection', 'collectionid', [
      'collectionid',
      'eventtime',
      'metadata',
    ]),
    event('interaction', '/capture/v2/outofband/interaction', 'sessionid', ['sessionid', 'metadata']),
    event('master', '/capture/v2/outofband/master', 'masterid', ['masterid', 'metadata']),
    event('v2case', '/capture/v2/outofband/case', 'casereferenceid', ['casereferenceid', 'metadata']),
  ],
};

/** Which member of the body names what the event is about. */
export const ID_MEMBERS: Readonly<Record<string, string>> = {
  event: 'sessionid',
  mastercall: 'mastercallid',
  case: 'casereferenceid',
  collection: 'collectionid',
  v1collection: 'collectionid',
  interaction: 'sessionid',
  master: 'masterid',
  v2case: 'casereferenceid',
};
