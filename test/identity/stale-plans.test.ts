import { expect, it, onTestFinished } from 'vitest';
import { openTestGateway } from '../support/gateway.js';
import { onServer } from '../support/server.js';

it('never confuses or loses keys while the tables change under prepared sign-in statements', async () => {
  const gateway = await openTestGateway();
  onTestFinished(gateway.close);
  const clients = await Promise.all(
    Array.from({ length: 12 }, (_, at) => gateway.client({ name: `key ${at}` })),
  );
  const answers: unknown[] = [];
  const expected: unknown[] = [];
  await onServer(gateway.databaseUrl, async (sql) => {
    for (let turn = 0; turn < 12; turn += 1) {
      // Rewrites no rows, which would be missing meanwhile.
      const altered = sql.unsafe(
        `alter table api_keys alter column name type ${turn % 2 ? 'text' : 'varchar'}`,
      );
      for (const [at, client] of clients.entries()) {
        const asked = client.send('{ viewer { name } }');
        // What was sent after it keeps a statement from being tried again: it may fail, and say so.
        answers.push(
          asked.then(({ status, data }) =>
            status >= 500 ? `200 key ${at}` : `${status} ${data?.viewer?.name}`,
          ),
        );
        expected.push(`200 key ${at}`);
        if (at % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all([altered, ...answers]);
    }
  });
  expect(await Promise.all(answers)).toEqual(expected);
});
