import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { largeOperations } from '../../../src/graphql-server/pipeline/large-operations.js';
import type { OperationRequest } from '../../../src/graphql-server/pipeline/request-steps.js';
import { openLiveClient, TRANSPORTS } from '../../live/transports.js';
import { type Client, openTestGateway, type TestGateway } from '../../support/gateway.js';

const large = (first: number) =>
  `{ calls(first: ${first}) { nodes { children(first: 200) { nodes { id } } } } }`;

const failing = (first: number) => large(first).replace('calls(', 'calls(after: "nothing", ');

describe('operations with large answers', () => {
  let gateway: TestGateway;
  let client: Client;
  beforeAll(async () => {
    gateway = await openTestGateway();
    client = await gateway.client();
  });
  afterAll(() => gateway.close());

  it('are executed two at a time, and delay no small ones', async () => {
    let answers: Promise<unknown>[] = [];
    const lists = () => gateway.takeStatements().filter((text) => text.includes('from "calls"')).length;
    await gateway.database.transaction(async (tx) => {
      await tx.execute(sql`lock table calls in access exclusive mode`);
      answers = [150, 160, 170, 180].map((first) => client.send(large(first)));
      let sent = 0;
      await expect
        .poll(() => {
          sent += lists();
          return sent;
        })
        .toBe(2);
      expect(await client.send('{ viewer { name } }')).toMatchObject({ status: 200 });
      expect(lists()).toBe(0);
    });
    for (const answer of answers) {
      expect(await answer).toMatchObject({ status: 200, data: { calls: { nodes: [] } } });
    }
  });

  it('release their slot over each transport, even if they fail', async () => {
    for (const transport of TRANSPORTS) {
      const live = openLiveClient(transport, gateway.url, client.token);
      for (let turn = 0; turn < 3; turn += 1) {
        for (const query of [large(200 - turn), failing(200 - turn)]) {
          const { value } = await live.iterate({ query }).next();
          expect(value.errors === undefined).toBe(query === large(200 - turn));
        }
      }
      await live.close();
    }
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await client.send(large(100 + turn))).errors).toBeUndefined();
      expect((await client.send(failing(100 + turn))).errors).toHaveLength(1);
    }
  });

  it('are refused if no slot is free within ten seconds', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
    try {
      const { responseForOperation = () => null } = largeOperations();
      const viewer = { organization: { id: 'one' }, keyId: 'its key' };
      const http = { headers: new Map([['a', 'b']]) };
      const execute = () =>
        responseForOperation({
          contextValue: { viewer, cost: 30_000, atEnd: [] },
          response: { http },
        } as unknown as OperationRequest);
      const [first, second, third] = [execute(), execute(), execute()];
      expect(await Promise.all([first, second])).toEqual([null, null]);
      await vi.advanceTimersByTimeAsync(11_000);
      expect(await third).toMatchObject({
        http: { status: 503 },
        body: { singleResult: { errors: [{ extensions: { code: 'OVERLOADED' } }] } },
      });
    } finally {
      vi.useRealTimers();
    }
  });
});
