import { MessageChannel } from 'node:worker_threads';

const { port1: inbox, port2: outbox } = new MessageChannel();
let waiting: (() => void)[] = [];

inbox.on('message', () => {
  const due = waiting;
  waiting = [];
  inbox.unref();
  for (const run of due) run();
});
inbox.unref();

/**
 * Before the event loop polls the network again. Not setImmediate: postgres.js defers small writes with it, and a
 * connection that closes meanwhile never recovers (https://github.com/porsager/postgres/pull/1215).
 */
export function afterThisTurn(run: () => void): void {
  if (waiting.length === 0) {
    inbox.ref();
    outbox.postMessage(null);
  }
  waiting.push(run);
}
