import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { type Answer, type Fate, fates, type Misbehaviour } from './misbehaviour.js';
import { earlyRequests, mostInFlight, type SeenRequest } from './observations.js';
import { type CheckedRequest, OperationCheck, type Problem, type VendorSpec } from './vendor-spec.js';

/** A small server that checks each request by a vendor's specification, keeps the vendor's state, and can misbehave. */
export abstract class FakeVendor {
  /** In the order in which they arrived. */
  readonly requests: SeenRequest[] = [];
  /** When connections were tried while it was away. */
  readonly knocks: number[] = [];
  port = 0;
  readonly #checks: OperationCheck[];
  readonly #invalid: string[] = [];
  readonly #held = new Set<() => void>();
  readonly #server = createServer((request, response) => void this.#receive(request, response));
  #misbehaviour: Misbehaviour = {};
  #nextFate: () => Fate = () => 'served';

  constructor(private readonly spec: VendorSpec) {
    this.#checks = spec.operations.map(
      (operation) => new OperationCheck(operation, spec.ignoresCase ?? false),
    );
    this.#server.on('connection', (socket) => {
      if (!this.#misbehaviour.away) return;
      this.knocks.push(performance.now());
      socket.destroy();
    });
  }

  /** Whether a credential of the right form is one of the vendor's. */
  protected abstract isKnown(credential: string, seen: SeenRequest): boolean;
  protected abstract unauthorized(): Answer;
  protected abstract unknown(): Answer;
  protected abstract invalid(problems: readonly Problem[]): Answer;
  /** The call that the request is about, in one spelling, whichever of the call's names the request has. */
  protected abstract callKey(request: CheckedRequest): string | null;
  /** Carries the request out. */
  protected abstract apply(request: CheckedRequest): Answer;

  protected kind(request: CheckedRequest): string {
    return request.operation.name;
  }

  protected headers(): Record<string, string> {
    return {};
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What no client may do: invalid requests, and requests before their Retry-After. */
  get violations(): string[] {
    return [...this.#invalid, ...earlyRequests(this.requests)];
  }

  mostInFlight(callKey?: string): number {
    return mostInFlight(this.requests, callKey);
  }

  /** From now on, in place of what was said before. `{}` is good behaviour. */
  behave(misbehaviour: Misbehaviour): void {
    this.#misbehaviour = misbehaviour;
    this.#nextFate = misbehaviour.chaos === undefined ? () => 'served' : fates(misbehaviour.chaos);
    if (misbehaviour.away) this.#server.closeAllConnections();
  }

  /** Goes on with the requests that hang. */
  release(): void {
    for (const goOn of this.#held) goOn();
    this.#held.clear();
  }

  /** On the same port as before, if it was closed. */
  async listen(): Promise<this> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** The state stays. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.release();
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', this.url);
    const { method = '', headers } = incoming;
    const nothing = { body: undefined, operation: null, kind: null, callKey: null, status: null };
    const seen: SeenRequest = {
      ...{ at: performance.now(), endedAt: null, isAbandoned: false, retryAfter: null, isApplied: false },
      ...{ method, path: pathname, query: membersOf(searchParams), headers, ...nothing },
    };
    this.requests.push(seen);
    response.once('close', () => {
      seen.isAbandoned = seen.endedAt === null;
      seen.endedAt ??= performance.now();
    });
    let answer: Answer | null;
    try {
      answer = await this.#answer(seen, await textOf(incoming));
    } catch (error) {
      if (incoming.errored) return;
      this.#invalid.push(`${method} ${pathname}: the fake vendor failed: ${error}`);
      answer = { status: 500 };
    }
    if (seen.endedAt !== null) return;
    if (answer?.body instanceof Readable) {
      // Over only when it has been sent, or the client has gone.
      response.once('finish', () => {
        seen.endedAt = performance.now();
      });
    } else seen.endedAt = performance.now();
    if (answer === null) response.destroy();
    else send(response, seen, { ...answer, headers: { ...this.headers(), ...answer.headers } });
  }

  /** Null for none. */
  async #answer(seen: SeenRequest, text: string): Promise<Answer | null> {
    const request = this.#check(seen, text);
    const { delay = 0, hang } = this.#misbehaviour;
    if (hang?.(seen)) await new Promise<void>((resolve) => this.#held.add(resolve));
    const milliseconds = typeof delay === 'number' ? delay : delay();
    if (milliseconds > 0) await wait(milliseconds, undefined, { ref: false });
    // Had it taken effect nevertheless, no client could know when: appliedThenTimedOut is for that.
    if (seen.endedAt !== null) return null;
    const { refuse, chaos, forget } = this.#misbehaviour;
    const refused = refuse?.(seen);
    if (refused) return refused;
    const fate = this.#nextFate();
    if (fate === 'unavailable') return { status: 503, body: 'Service Unavailable' };
    if (fate === 'limited') {
      const headers = { 'retry-after': String(chaos?.limited?.retryAfter) };
      return { status: 429, headers, body: 'Too Many Requests' };
    }
    if ('status' in request) return request;
    if (seen.callKey !== null && forget?.(seen.callKey)) return this.unknown();
    seen.isApplied = true;
    const answer = this.apply(request);
    return fate === 'appliedThenTimedOut' ? null : answer;
  }

  /** The request by the specification, or the answer to one that does not follow it. */
  #check(seen: SeenRequest, text: string): CheckedRequest | Answer {
    const violation = (message: string) => {
      this.#invalid.push(`${seen.method} ${seen.path}: ${message}`);
    };
    const found = this.#find(seen);
    if (found === null) {
      violation('no such operation');
      return this.unknown();
    }
    const { check, parameters } = found;
    const { operation } = check;
    seen.operation = operation.name;
    seen.body = parsed(text, operation.isForm ?? false);
    const body = this.spec.ignoresCase ? inLowerCase(seen.body) : structuredClone(seen.body);
    const request: CheckedRequest = {
      ...{ operation, parameters, query: structuredClone(seen.query) },
      body: (body ?? {}) as Record<string, unknown>,
      range: seen.headers.range as string | undefined,
    };
    if (!operation.isOpen) {
      const [scheme, credential = ''] = (seen.headers.authorization as string | undefined)?.split(' ') ?? [];
      if (scheme !== this.spec.scheme) {
        violation(`no "${this.spec.scheme}" in Authorization`);
        return this.unauthorized();
      }
      if (!this.isKnown(credential, seen)) return this.unauthorized();
    }
    const problems = check.problems(request, text, seen.headers['content-type'] as string | undefined);
    if (problems.length > 0) {
      for (const { at, message } of problems) violation(`${at.join('.')} ${message}`);
      return this.invalid(problems);
    }
    seen.kind = this.kind(request);
    seen.callKey = this.callKey(request);
    return request;
  }

  #find({ method, path }: SeenRequest) {
    for (const check of this.#checks) {
      const parameters = check.match(method, path);
      if (parameters !== null) return { check, parameters };
    }
    return null;
  }
}

function send(response: ServerResponse, seen: SeenRequest, { status, headers = {}, body }: Answer): void {
  seen.status = status;
  const seconds = status === 429 ? headers['retry-after'] : undefined;
  seen.retryAfter = seconds === undefined ? null : Number(seconds) * 1000;
  if (body instanceof Readable) {
    response.writeHead(status, headers);
    pipeline(body, response, () => {});
    return;
  }
  if (body instanceof Buffer) {
    response.writeHead(status, { 'content-length': String(body.length), ...headers });
    response.end(body);
    return;
  }
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, body === undefined ? headers : { 'content-type': type, ...headers });
  response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
}

/** A name that comes several times has a list. */
function membersOf(pairs: URLSearchParams): Record<string, unknown> {
  const values = (name: string) => (pairs.getAll(name).length > 1 ? pairs.getAll(name) : pairs.get(name));
  return Object.fromEntries([...pairs.keys()].map((name) => [name, values(name)]));
}

/** What is no JSON stays text, which no schema takes. */
function parsed(text: string, isForm: boolean): unknown {
  if (text === '') return undefined;
  if (isForm) return membersOf(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function inLowerCase(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
}
