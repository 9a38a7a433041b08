import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Lifetime } from '../support/lifetime.js';
import type { Latencies, Order, Reply } from './messages.js';

/** Subscribers in a process of their own. */
export interface Receivers {
  pid: number;
  /** Resolves when every one of them has been given so many changes. */
  received(frames: number): Promise<void>;
  measure(commits: Record<string, number>): Promise<Latencies>;
  close(): Promise<void>;
}

const RUN = fileURLToPath(new URL('../run.mjs', import.meta.url));

/** What every subscriber asks for: what a list on a screen shows. */
const CHANGES = `subscription ($after: String) {
  callsChanged(after: $after) {
    id cursor kind matches
    call { id status direction from to customerNumber duration startedAt endedAt metadata revision updatedAt }
  }
}`;

interface Opening {
  url: string;
  tokens: string[];
  sockets: number;
  frames: number;
  after: string;
}

export async function openReceivers(lifetime: Lifetime, { after, ...opening }: Opening): Promise<Receivers> {
  const child = fork(RUN, ['live/receiver'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  const exit = once(child, 'exit');
  const close = async () => {
    if (child.connected) child.disconnect();
    await exit;
  };
  lifetime.whenOver(close);
  const ask = async (order: Order): Promise<Reply> => {
    const answer = once(child, 'message');
    child.send(order);
    const gone = exit.then((): never => {
      throw new Error('the receiver has ended');
    });
    const [reply]: [Reply] = await Promise.race([answer as Promise<[Reply]>, gone]);
    if (reply.reply === 'failed') throw new Error(`a subscriber: ${reply.message}`);
    return reply;
  };
  await ask({ order: 'open', ...opening, subscribe: { query: CHANGES, variables: { after } } });
  return {
    pid: child.pid ?? 0,
    received: async (frames) => void (await ask({ order: 'await', frames })),
    async measure(commits) {
      const reply = await ask({ order: 'measure', commits });
      if (reply.reply !== 'measured') throw new Error('the receiver has measured nothing');
      return reply.latencies;
    },
    close,
  };
}
