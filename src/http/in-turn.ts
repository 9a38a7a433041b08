import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Admission, overloaded } from './admission.js';
import { type Sender, senderOf } from './sender.js';

/** Runs the work when it is the client's turn; if the client has gone by then, the answer is empty. */
export async function inTurn(
  admission: Admission,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (sender: Sender) => Promise<string>,
): Promise<string> {
  const sender = senderOf(request.raw);
  const client = admission.clients.clientOf(sender);
  const entered = admission.enter(client, (giveUp) => reply.raw.once('close', giveUp));
  const leave = entered instanceof Promise ? await entered : entered;
  if (leave === null) throw overloaded(request, reply);
  try {
    return reply.raw.destroyed ? '' : await work(sender);
  } finally {
    leave();
  }
}
