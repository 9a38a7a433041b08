/** A process that attacks, so that its work is not done where the bystanders are measured. */
import os from 'node:os';
import { Agent, request } from 'undici';
import { attacksOn, type Target } from './attacks.js';

export interface Orders {
  url: string;
  token: string;
  target: Target;
  attack: string;
}

/** How many answers came, by status and code. */
export type Outcomes = Record<string, number>;

// Its processor time is a client's, and shared with the gateway only here.
os.setPriority(os.constants.priority.PRIORITY_LOW);
let stopped = false;
const outcomes: Outcomes = {};

async function attack({ url, token, target, attack: name }: Orders): Promise<void> {
  const found = attacksOn(target).find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no attack ${name}`);
  const agent = new Agent({
    pipelining: 1,
    connections: found.connections,
    headersTimeout: 300_000,
    bodyTimeout: 300_000,
  });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  let number = 0;
  const client = async () => {
    while (!stopped) {
      number += 1;
      const outcome = await request(url, {
        dispatcher: agent,
        method: 'POST',
        headers,
        body: found.body(number),
      }).then(
        async ({ statusCode, body }) => {
          const text = await body.text();
          return `${statusCode} ${/"code":"(\w+)"/.exec(text.slice(0, 2_000))?.[1] ?? 'ok'}`;
        },
        (error) => error.code ?? error.name,
      );
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
  };
  process.send?.('attacking');
  await Promise.all(Array.from({ length: found.connections }, client));
}

process.on('message', (message: Orders | 'stop') => {
  if (message !== 'stop') return void attack(message);
  stopped = true;
  process.send?.(outcomes, () => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
