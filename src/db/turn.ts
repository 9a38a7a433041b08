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
 * Runs something when the event loop has taken in all that the network had for it by now, and comes to the network again.
 * That is not setImmediate: postgres.js puts a small write off by setImmediate itself, and a connection that is closed
 * while one is put off never comes back (https://github.com/porsager/postgres/pull/1215). Connections are closed right
 * behind the immediates, so that a statement sent by one of these would be in danger, and one that is sent here is not.
 */
export function afterThisTurn(run: () => void): void {
  if (waiting.length === 0) {
    inbox.ref();
    outbox.postMessage(null);
  }
  waiting.push(run);
}
