import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ReceivedMessage } from '../vendor-message.js';

/** Why the message is not signed with the key, or null. An old one is as good: what came before is known by its bytes. */
export function signatureProblem(message: ReceivedMessage, key: string): string | null {
  const { headers, body, urls } = message;
  const signature = headers['messagebird-signature'];
  const timestamp = headers['messagebird-request-timestamp'];
  if (signature !== undefined && timestamp !== undefined) {
    const isRight = urls.some((url) => isSame(signature, notificationSignature(key, timestamp, url, body)));
    return isRight ? null : 'Its signature is wrong: the body, the URL or the signing key differs.';
  }
  const standard = headers['webhook-signature'];
  const id = headers['webhook-id'];
  const sentAt = headers['webhook-timestamp'];
  if (standard === undefined || id === undefined || sentAt === undefined) return 'It is not signed.';
  const expected = standardSignature(key, id, sentAt, body);
  const isRight = expected !== null && standard.split(' ').some((each) => isSame(each, expected));
  return isRight ? null : 'Its signature is wrong: the body or the signing key differs.';
}

/** https://docs.bird.com: "Verifying a webhook subscription". The key is text, although it may look like base64. */
function notificationSignature(key: string, timestamp: string, url: string, body: Buffer): string {
  const digest = createHash('sha256').update(body).digest();
  return createHmac('sha256', key).update(`${timestamp}\n${url}\n`).update(digest).digest('base64');
}

/** As the standard asks of secrets. */
const LEAST_SECRET_BYTES = 24;

/**
 * https://www.standardwebhooks.com, as Bird's third generation signs. Null if the key is no such secret: as base64 a text
 * may have so few bytes that others could sign with it.
 */
function standardSignature(key: string, id: string, timestamp: string, body: Buffer): string | null {
  const secret = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
  if (secret.length < LEAST_SECRET_BYTES) return null;
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/** In constant time. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
