import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { Lifetime } from './lifetime.js';

export interface Answer<Data> {
  data: Data;
  /** From the request's first byte to the answer's last. */
  milliseconds: number;
}

/** Asks one gateway over a fixed number of connections, which stay open. */
export interface Client {
  readonly connections: number;
  /** @throws on anything but an answer without errors. */
  ask<Data>(body: string): Promise<Answer<Data>>;
}

export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

/** Written before the clock runs. */
export const bodyOf = ({ query, variables }: Operation): string => JSON.stringify({ query, variables });

export function openClient(
  lifetime: Lifetime,
  { url, token }: { url: string; token: string },
  connections = 1,
): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  lifetime.whenOver(async () => agent.destroy());
  return {
    connections,
    async ask<Data>(body: string) {
      const began = performance.now();
      const { status, text } = await send(agent, url, token, body);
      const milliseconds = performance.now() - began;
      const answer: { data?: Data; errors?: unknown } = JSON.parse(text);
      if (status !== 200 || answer.errors !== undefined || answer.data === undefined) {
        throw new Error(`the gateway answered ${status} ${text.slice(0, 500)} to ${body.slice(0, 500)}`);
      }
      return { data: answer.data, milliseconds };
    },
  };
}

async function send(agent: Agent, url: string, token: string, body: string) {
  const bytes = Buffer.from(body);
  const sent = request(url, {
    agent,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': bytes.length,
      authorization: `Bearer ${token}`,
    },
  });
  sent.end(bytes);
  const [response] = await once(sent, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: Number(response.statusCode), text: Buffer.concat(chunks).toString('utf8') };
}

/** Sends all bodies, on every connection one after the other; answers the answers and the seconds that it took. */
export async function askAll<Data>(
  client: Client,
  bodies: readonly string[],
): Promise<{ answers: Data[]; seconds: number }> {
  const answers: Data[] = [];
  let next = 0;
  const began = performance.now();
  const worker = async () => {
    while (next < bodies.length) {
      const index = next;
      next += 1;
      answers[index] = (await client.ask<Data>(bodies[index] ?? '')).data;
    }
  };
  await Promise.all(Array.from({ length: client.connections }, worker));
  return { answers, seconds: (performance.now() - began) / 1000 };
}
