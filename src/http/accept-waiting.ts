import type { Server } from 'node:net';
import { setImmediate as untilRead } from 'node:timers/promises';

const MOST_ROUNDS = 10_000;

/**
 * Accepts the connections that the system has queued: it would reset them when the server stops listening. libuv accepts
 * one each time that it looks, and the first time may be in the middle of a look.
 */
export async function acceptWaiting(server: Server): Promise<void> {
  let quiet = 0;
  const note = () => {
    quiet = 0;
  };
  server.on('connection', note);
  for (let round = 0; quiet < 2 && round < MOST_ROUNDS; round += 1) {
    quiet += 1;
    await untilRead();
  }
  server.off('connection', note);
}
