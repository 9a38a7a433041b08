import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { ACTOR_KINDS, type ActorKind, SCOPES, type Scope } from '../../src/identity/identity.enums.js';
import { fingerprint } from '../errors/fingerprint.js';
import { followOver, TRANSPORTS } from '../live/followers.js';
import { type Answer, openTestGateway, type TestGateway } from '../support/gateway.js';
import { Issuer, inSeconds, newSigningKey } from '../support/issuer.js';
import { allowed, SUBSCRIPTION_ASKINGS } from './allowed.js';
import { combine } from './combined.js';
import { ASKINGS, type Asking, GUARDS, SUBSCRIPTION_GUARDS } from './root-fields.js';
import { makeWorld, type Names, namesOfNothing, VOICE_CALL } from './world.js';

/** All kinds of clients: the three kinds of keys, and a signed-in person. */
const HOLDERS = [...ACTOR_KINDS, 'PERSON'] as const;
type Holder = (typeof HOLDERS)[number];
const HELD: (Scope | null)[] = [null, ...SCOPES];
const BAD = ['expired', 'revoked', 'malformed'] as const;
type State = 'good' | (typeof BAD)[number];

let gateway: TestGateway;
let issuer: Issuer;
let names: Names;
let stranger: Awaited<ReturnType<typeof newSigningKey>>;

beforeAll(async () => {
  issuer = await Issuer.open();
  stranger = await newSigningKey();
  // What vendors' workers leave at the accounts is no trace of what is asked here.
  gateway = await openTestGateway({ jwt: issuer.config(), vendors: false });
  names = await makeWorld(await gateway.client({ organization: 'acme' }), gateway.database);
});
afterAll(async () => {
  await gateway.close();
  await issuer.close();
});

async function keyOf(kind: ActorKind, scopes: Scope[], state: State): Promise<string> {
  const keys = new ApiKeyService(gateway.database);
  const { token, id } = await keys.create({
    organization: 'acme',
    name: 'key',
    kind,
    // The staff member of the example's voice call, which is so the key's own.
    staffUid: kind === 'STAFF' ? VOICE_CALL.staffUid : null,
    scopes,
    expiresAt: state === 'expired' ? new Date(Date.now() - 1) : null,
  });
  if (state === 'revoked') await keys.revoke(id);
  return state === 'malformed' ? `${token}.` : token;
}

async function tokenOf(scopes: Scope[], state: State): Promise<string> {
  const claims = { scope: scopes.join(' '), staff_uid: VOICE_CALL.staffUid };
  if (state === 'expired') return issuer.token({ ...claims, exp: inSeconds(-1) });
  // A person has no key to revoke: it is the issuer's, and signs no more.
  if (state === 'revoked') return issuer.token(claims, stranger);
  const token = await issuer.token(claims);
  return state === 'malformed' ? token.replace(/\.[^.]+\./, (claim) => `${claim.slice(0, -2)}.`) : token;
}

const made = (holder: Holder, scope: Scope | null, state: State): Promise<string> => {
  const scopes = scope === null ? [] : [scope];
  return holder === 'PERSON' ? tokenOf(scopes, state) : keyOf(holder, scopes, state);
};

const once = (askings: Asking[]) => [...new Map(askings.map((each) => [each.field, each])).values()];
const isMutation = ({ document }: Asking) => document.startsWith('mutation');
const FIELDS = once(ASKINGS.filter(({ scope }) => scope === undefined));
const SUBSCRIPTIONS = once(SUBSCRIPTION_ASKINGS);

/** All queries and mutations, with names of nothing: what is allowed is carried out, and what it finds is another matter. */
const everything = () => [
  ...combine(
    FIELDS.filter((each) => !isMutation(each)),
    namesOfNothing(),
  ),
  ...combine(FIELDS.filter(isMutation), namesOfNothing()),
];

const forbidden = (answer: Answer): string[] =>
  (answer.errors ?? [])
    .filter(({ extensions }) => extensions.code === 'FORBIDDEN')
    .map(({ path }) => `${path}`);

describe.each(HOLDERS)('of the kind %s', (holder) => {
  it.each(HELD)('the scope %s allows exactly its root fields', async (scope) => {
    const client = gateway.anonymous(`Bearer ${await made(holder, scope, 'good')}`);
    for (const { document, variables, fields } of everything()) {
      const answer = await client.send(document, variables);
      const refused = [...fields].filter(([, field]) => !allowed(scope, field));
      expect(forbidden(answer).toSorted()).toEqual(refused.map(([key]) => key).toSorted());
      for (const [key, field] of refused) {
        const error = answer.errors?.find(({ path }) => path?.[0] === key);
        expect(error?.message).toMatch(new RegExp(`\\b${GUARDS[field]}\\b`));
        expect(answer.data?.[key] ?? null).toBeNull();
      }
      // replayInboundMessages has no payload for its refusal.
      const others = (answer.errors ?? []).filter(({ extensions }) => extensions.code !== 'NOT_FOUND');
      expect(others).toHaveLength(refused.length);
      expect(answer.status).toBe(200);
    }
  });

  it.each(BAD)('a client that is %s may use nothing, with any scope', async (state) => {
    const tokens = await Promise.all(HELD.map((scope) => made(holder, scope, state)));
    const rows = await fingerprint(gateway.database);
    for (const { document, variables } of everything()) {
      const refusal = await gateway.anonymous().send(document, variables);
      expect(refusal).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
      for (const token of tokens) {
        // The same answer as without any token.
        expect(await gateway.anonymous(`Bearer ${token}`).send(document, variables)).toEqual(refusal);
      }
    }
    expect(await fingerprint(gateway.database)).toEqual(rows);
  });

  it.each(TRANSPORTS)('subscriptions over %s need a scope', async (transport) => {
    const open: ReturnType<typeof followOver>[] = [];
    for (const scope of HELD) {
      const target = { url: gateway.url, token: await made(holder, scope, 'good') };
      for (const { field, document, variables } of SUBSCRIPTIONS) {
        const follower = followOver(transport, target, document, variables(names));
        if (allowed(scope, field)) open.push(follower);
        else {
          await follower.ended();
          expect(follower.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
          expect(follower.errors[0]?.message).toMatch(new RegExp(`\\b${SUBSCRIPTION_GUARDS[field]}\\b`));
        }
      }
    }
    await gateway.subscribers(open.length);
    for (const follower of open) {
      expect(follower.over).toBeUndefined();
      follower.stop();
    }
    await gateway.subscribers(0);
  });

  it.each(TRANSPORTS)('subscriptions over %s refuse invalid keys and tokens', async (transport) => {
    const refusals: unknown[] = [];
    const refusalOf = ({ over, errors }: ReturnType<typeof followOver>) =>
      transport === 'ws' ? (over as { code: number }).code : errors;
    for (const state of BAD) {
      const target = { url: gateway.url, token: await made(holder, 'ADMIN', state) };
      for (const { document, variables } of SUBSCRIPTIONS) {
        const follower = followOver(transport, target, document, variables(names));
        await follower.ended();
        refusals.push(refusalOf(follower));
      }
    }
    const absent = followOver(transport, { url: gateway.url }, SUBSCRIPTIONS[0]?.document, {
      call: { id: names.call },
    });
    await absent.ended();
    const refusal = refusalOf(absent);
    if (transport === 'ws') expect(refusal).toBe(4403);
    else expect(refusal).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(refusals).toEqual(refusals.map(() => refusal));
    await gateway.subscribers(0);
  });
});
