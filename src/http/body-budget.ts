import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { SharedMemory } from '../foundation/shared-memory.js';
import { overloaded } from './admission.js';
import type { KnownClients } from './known-clients.js';
import { type Sender, senderOf } from './sender.js';

const SMALL = 65_536;
/** Parsed, a body takes more than a dozen times its bytes. */
const SHARE = 1 / 4;

export class BodyBudget {
  readonly #memory: SharedMemory;
  readonly #clients: KnownClients;

  constructor(answersMaxBytes: number, clients: KnownClients) {
    this.#memory = new SharedMemory(answersMaxBytes * SHARE);
    this.#clients = clients;
  }

  get held(): number {
    return this.#memory.held;
  }

  take(bytes: number, sender: Sender): (() => void) | null {
    if (bytes <= SMALL) return nothing;
    const { organization } = this.#clients.clientOf(sender);
    this.#memory.hold(organization, bytes);
    const release = () => this.#memory.hold(organization, -bytes);
    // With a small heap, the largest body passes if it is the only one.
    if (this.#memory.hasSpace(organization) || this.#memory.held === bytes) return release;
    release();
    return null;
  }
}

const nothing = () => {};

export function boundBodies(app: FastifyInstance, budget: BodyBudget, bodyLimit: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const bytes = bytesOf(request.raw.headers, bodyLimit);
    const release = bytes <= SMALL ? nothing : budget.take(bytes, senderOf(request.raw));
    if (release !== null && release !== nothing) reply.raw.once('close', release);
    done(release === null ? overloaded(request, reply) : undefined);
  });
}

function bytesOf(headers: IncomingHttpHeaders, bodyLimit: number): number {
  if (headers['transfer-encoding'] !== undefined) return bodyLimit;
  const length = Number(headers['content-length'] ?? 0);
  return length <= bodyLimit ? length : 0;
}
