import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Tags the answer; true if the client has it already, which is 304. */
export function isKnown(body: Buffer | string, { headers }: FastifyRequest, reply: FastifyReply): boolean {
  const tag = `W/"${createHash('sha256').update(body).digest('base64url')}"`;
  reply.header('etag', tag);
  const known = headers['if-none-match'] ?? '';
  return known === '*' || known.split(',').some((each) => each.trim() === tag);
}
