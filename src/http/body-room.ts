import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { SharedMemory } from '../shared-memory.js';
import { overloaded } from './admission.js';
import type { Askers } from './askers.js';

/** Bytes of a body that is taken whether there is room or not. */
const SMALL = 65_536;
/** The part of the memory for answers that bodies may have: parsed they take more than a dozen times their bytes. */
const SHARE = 1 / 4;

/** The room for bodies of requests, and for messages of WebSockets: what was sent is kept until it is answered. */
export class BodyRoom {
  readonly #memory: SharedMemory;
  readonly #askers: Askers;

  constructor(answersMaxBytes: number, askers: Askers) {
    this.#memory = new SharedMemory(answersMaxBytes * SHARE);
    this.#askers = askers;
  }

  /** Bytes that are kept now. */
  get held(): number {
    return this.#memory.held;
  }

  /** Takes in so many bytes, and answers with what gives their room back; null where there is none. */
  take(bytes: number, authorization: string | undefined, address: string | undefined): (() => void) | null {
    if (bytes <= SMALL) return nothing;
    const { organization } = this.#askers.arrivalOf(authorization, address);
    this.#memory.hold(organization, bytes);
    const giveBack = () => this.#memory.hold(organization, -bytes);
    // With a small heap the largest body has room while there is no other.
    if (this.#memory.hasRoom(organization) || this.#memory.held === bytes) return giveBack;
    giveBack();
    return null;
  }
}

const nothing = () => {};

/** Turns a large body away before it is read where there is no room for it. */
export function boundBodies(app: FastifyInstance, room: BodyRoom, bodyLimit: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { headers, socket } = request.raw;
    const bytes = bytesOf(headers, bodyLimit);
    const giveBack = room.take(bytes, headers.authorization, socket.remoteAddress);
    if (giveBack !== null && giveBack !== nothing) reply.raw.once('close', giveBack);
    done(giveBack === null ? overloaded(request, reply) : undefined);
  });
}

/** What a body may come to; one that is too large is refused elsewhere. */
function bytesOf(headers: IncomingHttpHeaders, bodyLimit: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimit;
  const length = Number(headers['content-length'] ?? 0);
  return length <= bodyLimit ? length : 0;
}
