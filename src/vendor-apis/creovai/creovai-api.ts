import { checkCallEvent, toCallEvent } from '../../events/record-call-event.checks.js';
import type { CallEventTarget } from '../../events/record-call-event.input.js';
import { refuseIf } from '../../foundation/refusal.js';
import { unauthenticated } from '../../graphql-server/pipeline/sign-in-steps.js';
import { ACCESS_TOKEN_SECONDS } from '../../identity/access-tokens.js';
import type { IdentityService } from '../../identity/identity.service.js';
import { instantOf } from '../instants.js';
import { metadataOf } from '../metadata.js';
import { described, INSTANT, METADATA, object, STRING, words } from '../schemas.js';
import { FORM, pathSpeller } from '../spellings.js';
import { type OpenRoute, signed, type VendorApi, type VendorRoute, WRITE } from '../vendor-api.js';
import { creovaiRefused } from './creovai-failures.js';

const TOKEN_PATH = '/Token';
const SESSION = { member: 'sessionId' };
const CASE = { member: 'caseReferenceId', group: 'case' };
const COLLECTION = { member: 'collectionId', group: 'collection' };
const UNTIMED = { isTimeOptional: true };

/** The document's, those of the vendor's older client, and those of its newer one. */
const FORMS: Readonly<Record<string, EventForm>> = {
  '/callevent/v1/outofband/event': { ...SESSION, isIdOptional: true },
  '/callevent/v1/outofband/mastercall': { member: 'masterCallId', group: 'master' },
  '/callevent/v1/outofband/case': CASE,
  '/callevent/v1/outofband/collection': COLLECTION,
  '/capture/v2/outofband/interaction': { ...SESSION, ...UNTIMED },
  '/capture/v2/outofband/master': { member: 'masterId', group: 'master', ...UNTIMED },
  '/capture/v2/outofband/case': { ...CASE, ...UNTIMED },
  '/capture/v2/outofband/collection': { ...COLLECTION, ...UNTIMED },
};

/** For Fastify's rewriteUrl. */
export const creovaiUrl = pathSpeller([TOKEN_PATH, ...Object.keys(FORMS)]);

/** "Async Metadata API" and "Token authentication API" of Creovai's support pages, and its own clients. */
export const creovaiApi = (identity: IdentityService): VendorApi => ({
  name: 'creovai',
  title: 'Creovai',
  prefix: '',
  reportsAll: true,
  ignoresCase: true,
  refused: creovaiRefused,
  routes: [tokenRoute(identity) as VendorRoute, ...EVENTS],
});

const TOKEN = object(
  {
    grant_type: words(['client_credentials']),
    client_id: described(STRING, 'Any name; the secret alone counts.'),
    client_secret: described(STRING, 'An API key of this gateway.'),
  },
  ['grant_type', 'client_id', 'client_secret'],
);

const tokenRoute = (identity: IdentityService): OpenRoute<{ client_secret: string }> => ({
  name: 'creovai.token',
  method: 'POST',
  url: TOKEN_PATH,
  summary: 'Changes an API key into a token that stands for it for half an hour.',
  answers: '`access_token`, `token_type` and `expires_in`.',
  consumes: FORM,
  schema: { body: TOKEN },
  scope: null,
  async run({ body }) {
    const token = await identity.accessTokenFor(body.client_secret);
    if (token === null) throw unauthenticated();
    // Creovai's clients know no other spelling of bearer.
    return { access_token: token, token_type: 'bearer', expires_in: ACCESS_TOKEN_SECONDS };
  },
});

interface EventForm {
  /** Names what the event is about. */
  member: string;
  /** The kind of group, if it is one. */
  group?: string;
  /** Without the id, match rules find the call. */
  isIdOptional?: boolean;
  /** Without the time, the event counts for now. */
  isTimeOptional?: boolean;
}

type EventBody = Record<string, string | null | undefined> & { metadata: unknown };

function eventRoute(url: string, form: EventForm): VendorRoute {
  const { member, group, isIdOptional = false, isTimeOptional = false } = form;
  const what = group === undefined ? 'a call' : 'all calls of a group';
  const body = object(
    {
      [member]: { ...STRING, nullable: isIdOptional },
      eventTime: described({ ...INSTANT, nullable: isTimeOptional }, 'Without an offset it is UTC.'),
      metadata: METADATA,
    },
    [...(isIdOptional ? [] : [member]), ...(isTimeOptional ? [] : ['eventTime']), 'metadata'],
  );
  return signed({
    name: `creovai.${url.split('/').slice(1).join('.')}`,
    method: 'POST',
    url,
    summary: `Records metadata for ${what}, as recordCallEvent does. Names of paths and members have no case.`,
    answers: 'Nothing.',
    schema: { body },
    scope: 'EVENTS_WRITE',
    points: () => WRITE,
    async run({ services, viewer }, { body }: { body: EventBody }) {
      const { eventTime, metadata } = body;
      const event = {
        target: targetOf(body[member] ?? null, group),
        eventTime: (eventTime == null ? null : instantOf(eventTime)) ?? new Date(),
        metadata: metadataOf(metadata),
      };
      refuseIf(checkCallEvent(event, [], services.limits));
      await services.callEvents.record(viewer, toCallEvent(event, []));
    },
  });
}

const EVENTS = Object.entries(FORMS).map(([url, form]) => eventRoute(url, form));

function targetOf(id: string | null, group: string | undefined): CallEventTarget | null {
  if (id === null) return null;
  return group === undefined ? { sessionId: id } : { group: { kind: group, key: id } };
}
