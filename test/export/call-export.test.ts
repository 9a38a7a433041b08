import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ApiKeyService } from '../../src/identity/api-key.service.js';
import { HARD_METADATA, makeRichWorld } from '../graphql-server/execution/rich-world.js';
import { givenCall } from '../support/documents.js';
import { type Client, openGatewayOn, openTestGateway, type TestGateway } from '../support/gateway.js';
import { exported, linesOf, pathOf, recordsOf } from './exported.js';

let gateway: TestGateway;
let client: Client;
let rich: string;
/** Of an organization whose calls no socket has room for. */
let large: Client;

const LARGE = 'x'.repeat(60_000);

beforeAll(async () => {
  gateway = await openTestGateway({}, 'info');
  client = await gateway.client();
  rich = (await makeRichWorld(client, gateway.database)).call;
  for (let number = 0; number < 60; number += 1) {
    await givenCall(client, {
      status: number % 2 === 0 ? 'COMPLETED' : 'NO_ANSWER',
      duration: number,
      metadata: { number, crm: { owner: `=cmd|' /C calc'!A${number}`, 'a b': [number, '"', '\r\n'] } },
      tags: [`tag,${number}`],
      cost: { total: '-0.05', currency: 'USD' },
    });
  }
  const other = await gateway.client();
  await givenCall(other, { reason: "another tenant's" });
  large = await gateway.client();
  const input = `mutation ($inputs: [UpsertCallInput!]!) { upsertCalls(inputs: $inputs) { errors { message } } }`;
  for (let batch = 0; batch < 10; batch += 1) {
    const inputs = Array.from({ length: 60 }, (_, index) => ({
      references: [{ system: 'OTHER', name: 'n', value: `${batch} ${index}` }],
      metadata: { LARGE },
    }));
    await large.ask(input, { inputs });
  }
}, 120_000);
afterAll(() => gateway.close());

const ndjson = async (parameters: Record<string, unknown> = {}) => {
  const { status, text } = await exported(gateway, client.token, pathOf('ndjson', parameters));
  expect(status).toBe(200);
  return linesOf(text);
};
const csv = async (parameters: Record<string, unknown> = {}) => {
  const { status, text } = await exported(gateway, client.token, pathOf('csv', parameters));
  expect(status).toBe(200);
  return recordsOf(text);
};

const PARTICIPANT = `{ contact { contactId identifierKey identifierValue }
  number { type number anonymous callerIdName identity countryIsoCode pstnNumberType } }`;
/** What an export of whole calls has, in GraphQL's words. */
const WHOLE = `id direction status vendorStatus type from to customerNumber originator ${PARTICIPANT} receiver ${PARTICIPANT}
  workspaceId channelId assistant { assistantId name } tags notificationUrl sipType reason
  hangup { causeCode source sipCode } duration scheduledFor ringingAt startedAt answeredAt endedAt vendorCreatedAt
  vendorUpdatedAt cost { total llm tts stt telephony currency } answeringMachineDetection { result speech locale }
  quality { mos pdd } sip { hangupSipCode edgeRegion providerName userAgent remoteSignallingIp remoteMediaIp }
  metadata revision createdAt updatedAt references { system name value } parent { id }
  voiceCall { id uid staffUid clientUid fromNumber toNumber direction status rate price provider sourceId externalUuid
    duration callSummary externalAppUrl externalAppName recordingId handledByStaffUid revision createdAt updatedAt }
  groups { id kind key } recordings { id system vendorId kind status duration format createdAt }`;

describe('an export as NDJSON', () => {
  it('has every call as GraphQL answers it, newest first, and of its organization alone', async () => {
    const lines = await ndjson();
    const { calls } = await client.ask(`{ calls(first: 200) { nodes { ${WHOLE} } totalCount } }`);
    expect(lines).toHaveLength(calls.totalCount);
    for (const [index, line] of lines.entries()) expect(line).toMatchObject(calls.nodes[index]);
    expect(lines.find(({ id }) => id === rich)?.metadata).toEqual(HARD_METADATA);
  });

  it('has what the filter finds, in the order asked for', async () => {
    const lines = await ndjson({
      filter: { status: ['NO_ANSWER'], duration: { min: 11 } },
      orderBy: { field: 'DURATION', direction: 'ASC' },
      columns: 'duration,status',
    });
    const odd = Array.from({ length: 25 }, (_, index) => ({ duration: 11 + 2 * index, status: 'NO_ANSWER' }));
    expect(lines).toEqual(odd);
  });

  it('has the columns that are chosen, also of the metadata', async () => {
    const columns =
      'id,cost.total,metadata.crm.owner,metadata.crm.a b.1,metadata.__proto__.x,voiceCall.price,transcripts';
    const lines = await ndjson({ columns, filter: { duration: { min: 59, max: 59 } } });
    expect(Object.keys(lines[0] ?? {})).toEqual(['id', 'cost', 'metadata', 'voiceCall', 'transcripts']);
    expect(JSON.stringify(lines[0])).toContain('"__proto__":{"x":null}');
    expect(lines).toMatchObject([
      {
        cost: { total: '-0.05' },
        metadata: { crm: { owner: "=cmd|' /C calc'!A59", 'a b': { 1: '"' } } },
        voiceCall: null,
        transcripts: [],
      },
    ]);
  });

  it('of nothing is empty', async () => {
    expect(await ndjson({ filter: { channelId: 'nowhere' } })).toEqual([]);
  });
});

describe('an export as CSV', () => {
  it('says the same as the NDJSON', async () => {
    const [records, lines] = [await csv(), await ndjson()];
    expect(records.map(({ id }) => id)).toEqual(lines.map(({ id }) => id));
    for (const [index, record] of records.entries()) {
      const line = lines[index] ?? {};
      for (const [name, cell] of Object.entries(record)) {
        let value: unknown = line;
        for (const part of name.split('.')) value = (value as Record<string, unknown> | null)?.[part] ?? null;
        const shown = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
        if (typeof value === 'object' && value !== null) expect(JSON.parse(cell)).toEqual(value);
        else expect(cell === shown || cell === `'${shown}`).toBe(true);
      }
    }
    const names = Object.keys(records[0] ?? {});
    expect(names).toEqual(
      expect.arrayContaining([
        'id',
        'from',
        'cost.total',
        'metadata',
        'references',
        'voiceCall.price',
        'parent.id',
      ]),
    );
    expect(names).not.toContain('transcripts');
    expect(names.join()).not.toContain('url');
  });

  it('has a header line, CRLF, and metadata keys as columns', async () => {
    const path = pathOf('csv', {
      columns: 'duration,tags,metadata.number,metadata.crm.a b,metadata.none',
      filter: { duration: { min: 7, max: 7 } },
    });
    const { text, headers } = await exported(gateway, client.token, path);
    expect(text).toBe(
      'duration,tags,metadata.number,metadata.crm.a b,metadata.none\r\n' +
        '7,"[""tag,7""]",7,"[7,""\\"""",""\\r\\n""]",\r\n',
    );
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(headers['content-disposition']).toBe('attachment; filename="calls.csv"');
  });

  it('of nothing is the header line', async () => {
    const path = pathOf('csv', { columns: 'id,status', filter: { channelId: 'nowhere' } });
    expect((await exported(gateway, client.token, path)).text).toBe('id,status\r\n');
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1+1', "'+1+1"],
    ['-1+1', "'-1+1"],
    ['@SUM(1)', "'@SUM(1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', "'\r=1"],
    ['＝1+1', "'＝1+1"],
    ['+1 415 555 0148', "'+1 415 555 0148"],
    ['+14155550148', '+14155550148'],
    ['-0.05', '-0.05'],
    ['a=1', 'a=1'],
    ["'=1", "'=1"],
    ['', ''],
  ])('writes the text %j as %j', async (value, cell) => {
    const alone = await gateway.client();
    await givenCall(alone, { reason: value, metadata: { value } });
    const { text } = await exported(
      gateway,
      alone.token,
      pathOf('csv', { columns: 'reason,metadata.value' }),
    );
    expect(recordsOf(text)).toEqual([{ reason: cell, 'metadata.value': cell }]);
  });
});

describe('an export is refused', () => {
  it.each([
    ['filter: is not JSON', { filter: '{' }],
    [
      /^Variable "\$filter" got invalid value "NOPE" at "filter\.status\[0\]"/,
      { filter: { status: ['NOPE'] } },
    ],
    [
      /^Variable "\$filter" got invalid value .*"nope" is not defined by type "CallFilter"/,
      { filter: { nope: 1 } },
    ],
    ['filter.duration.min: min must be 0 or more, not -1.', { filter: { duration: { min: -1 } } }],
    [/^Variable "\$orderBy" got invalid value/, { orderBy: { field: 'NOPE' } }],
    ['columns: a call has no "nope"', { columns: 'id,nope' }],
    ['columns: a call has no ""', { columns: '' }],
    ['columns: a call has no "references.value"', { columns: 'references.value' }],
    ['columns: a call has no "recordings.url"', { columns: 'recordings.url' }],
    ['columns: a call has no "history"', { columns: 'history' }],
    ['columns: a call has no "voiceCall.call"', { columns: 'voiceCall.call' }],
    ['columns: a call has no "constructor"', { columns: 'constructor' }],
    ['columns: "metadata." has an empty key', { columns: 'metadata.' }],
    ['page: there are filter, orderBy and columns', { page: 1 }],
  ])('with 400: %s', async (message, parameters) => {
    const { status, text } = await exported(gateway, client.token, pathOf('csv', parameters));
    expect(status).toBe(400);
    const { errors } = JSON.parse(text);
    expect(errors).toHaveLength(1);
    expect(errors[0].message).toMatch(message);
    expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
  });

  it('without a key, and with one that is unknown', async () => {
    for (const token of [null, 'sb_unknown']) {
      const { status, headers, text } = await exported(gateway, token, pathOf('ndjson'));
      expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
      expect(headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it('without a scope', async () => {
    const { token } = await gateway.client({ scopes: [] });
    const { status, text } = await exported(gateway, token, pathOf('ndjson'));
    expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([403, 'FORBIDDEN']);
  });

  it.each(['HEAD', 'POST', 'DELETE'])('by %s', async (method) => {
    const { status, headers } = await exported(gateway, client.token, pathOf('csv'), method);
    expect([status, headers.allow]).toEqual([405, 'GET']);
  });
});

/** Reads nothing until it is told to. */
function stalled(path: string, token: string, url = gateway.url) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    get(new URL(path, url), { headers, agent: false }, (response) => {
      response.pause();
      resolve(response);
    }).on('error', reject);
  });
}

const PAGE = 'from "calls"';
const pagesRead = () => gateway.takeStatements().filter((query) => query.includes(PAGE)).length;

describe('a reader', () => {
  it('who is slow holds a few pages, and gets all of them in the end', async () => {
    gateway.takeStatements();
    const response = await stalled(pathOf('ndjson'), large.token);
    let read = 0;
    // Until the sockets are full: no page is read that nobody takes.
    for (let still = 0; still < 10; still += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const more = pagesRead();
      if (more > 0) still = 0;
      read += more;
    }
    expect(read).toBeLessThan(40);
    let bytes = 0;
    for await (const chunk of response) bytes += chunk.length;
    expect(bytes).toBeGreaterThan(600 * LARGE.length);
    expect(response.complete).toBe(true);
    expect(pagesRead()).toBeGreaterThan(40);
  });

  it('who leaves ends the work', async () => {
    const response = await stalled(pathOf('ndjson'), large.token);
    response.destroy();
    await vi.waitFor(() =>
      expect(gateway.log.some((line) => line.includes('an export was cut off'))).toBe(true),
    );
    gateway.takeStatements();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(pagesRead()).toBe(0);
  });

  it('who is killed leaves nothing open', async () => {
    const pool = () => {
      const { inUse, waiting } = gateway.database.pool();
      return { inUse, waiting };
    };
    const cut = () => gateway.log.filter((line) => line.includes('an export was cut off')).length;
    const before = cut();
    const script = `require('node:http').get(process.argv[1], { headers: { authorization: process.argv[2] } },
      (response) => response.once('data', () => { response.pause(); console.log('reading'); }))`;
    const url = new URL(pathOf('ndjson'), gateway.url).href;
    const clients = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['-e', script, url, `Bearer ${large.token}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    await Promise.all(clients.map((each) => once(each.stdout, 'data')));
    for (const each of clients) each.kill('SIGKILL');
    await vi.waitFor(() => expect(cut()).toBe(before + 4), { timeout: 60_000 });
    await vi.waitFor(() => expect(pool()).toEqual({ inUse: 0, waiting: 0 }));
    const open = await gateway.database.db.execute(
      sql`select query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and state <> 'idle' and query ~ 'from "calls"'`,
    );
    expect(open).toHaveLength(0);
    // Each of the four has given back its place.
    const again = await Promise.all(Array.from({ length: 4 }, () => stalled(pathOf('ndjson'), large.token)));
    expect(again.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    for (const each of again) each.destroy();
    await vi.waitFor(() => expect(cut()).toBe(before + 8), { timeout: 60_000 });
  });

  it('who takes nothing for too long is cut off, and one who takes little at a time is not', async () => {
    const impatient = await openGatewayOn(
      gateway.databaseUrl,
      { connectionTimeout: 2 },
      async () => {},
      'info',
    );
    try {
      const [idle, slow] = await Promise.all([
        stalled(pathOf('ndjson'), large.token, impatient.url),
        stalled(pathOf('ndjson'), large.token, impatient.url),
      ]);
      const began = performance.now();
      let bytes = 0;
      for await (const chunk of slow) {
        bytes += chunk.length;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(bytes).toBeGreaterThan(600 * LARGE.length);
      expect(slow.complete).toBe(true);
      expect(performance.now() - began).toBeGreaterThan(2_500);
      await vi.waitFor(
        () => expect(impatient.log.filter((line) => line.includes('an export was cut off'))).toHaveLength(1),
        { timeout: 60_000 },
      );
      await expect(
        (async () => {
          for await (const _ of idle);
        })(),
      ).rejects.toThrow('aborted');
      expect(idle.complete).toBe(false);
    } finally {
      await impatient.close();
    }
  });

  it('whose key is revoked meanwhile sees that the export is not whole', async () => {
    const keys = new ApiKeyService(gateway.database);
    const organization = (await large.ask('{ viewer { organization { slug } } }')).viewer.organization.slug;
    const { token, id } = await keys.create({
      organization,
      name: 'to be revoked',
      kind: 'APP',
      staffUid: null,
      scopes: ['CALLS_READ'],
      expiresAt: null,
    });
    const response = await stalled(pathOf('ndjson'), token);
    await keys.revoke(id);
    let bytes = 0;
    await expect(
      (async () => {
        for await (const chunk of response) bytes += chunk.length;
      })(),
    ).rejects.toThrow('aborted');
    expect(response.complete).toBe(false);
    expect(bytes).toBeLessThan(600 * LARGE.length);
  });

  it('finds room again after too many exports at a time', async () => {
    const open = [];
    for (let number = 0; number < 4; number += 1) open.push(await stalled(pathOf('ndjson'), large.token));
    const { status, headers } = await exported(gateway, large.token, pathOf('ndjson', { columns: 'id' }));
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    for (const each of open) each.destroy();
    await vi.waitFor(async () =>
      expect((await exported(gateway, large.token, pathOf('ndjson', { columns: 'id' }))).status).toBe(200),
    );
  });
});

it('an export that is charged more than its rate goes on more slowly, and is whole', async () => {
  const slow = await openGatewayOn(gateway.databaseUrl, { rateLimit: 50, rateBurst: 60 });
  try {
    const { status, text } = await exported(slow, client.token, pathOf('ndjson', { columns: 'id' }));
    expect(status).toBe(200);
    expect(linesOf(text)).toEqual(await ndjson({ columns: 'id' }));
    const again = await exported(slow, client.token, pathOf('ndjson', { columns: 'id' }));
    expect([again.status, JSON.parse(again.text).errors[0].extensions.code]).toEqual([429, 'RATE_LIMITED']);
  } finally {
    await slow.close();
  }
});

it('a gateway that closes cuts an export off', async () => {
  const closing = await openGatewayOn(gateway.databaseUrl);
  const response = await stalled(pathOf('ndjson'), large.token, closing.url);
  const over = expect(
    (async () => {
      for await (const _ of response);
    })(),
  ).rejects.toThrow('aborted');
  await closing.close();
  await over;
});
