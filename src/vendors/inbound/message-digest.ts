import { hash } from 'node:crypto';

/** By which a message is the same as another one of its account; of a vendor whose messages may repeat, on one day. */
export function digestOf(body: Buffer, receivedAt: Date, mayRepeat: boolean): Buffer {
  const day = mayRepeat ? receivedAt.toISOString().slice(0, 10) : '';
  return Buffer.from(hash('sha256', Buffer.concat([Buffer.from(day), body]), 'hex'), 'hex');
}
