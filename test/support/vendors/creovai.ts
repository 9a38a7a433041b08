import { randomUUID } from 'node:crypto';
import { audioAnswer, type FakeAudio } from './audio.js';
import { CREOVAI, ID_MEMBERS } from './creovai.spec.js';
import { FakeVendor } from './fake-vendor.js';
import type { Answer } from './misbehaviour.js';
import type { CheckedRequest, Problem } from './vendor-spec.js';

export interface CreovaiEvent {
  readonly eventTime: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Of a session, a master call, a case or a collection. */
export interface CreovaiSubject {
  /** As they arrived. */
  readonly events: CreovaiEvent[];
  /** Each field as its event with the latest time has it. */
  readonly fields: Map<string, { value: unknown; eventTime: number }>;
}

export interface CreovaiOptions {
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** Seconds that a token is good for. */
  readonly expiresIn?: number;
}

export const openCreovai = (options?: CreovaiOptions): Promise<FakeCreovai> =>
  new FakeCreovai(options).listen();

export class FakeCreovai extends FakeVendor {
  /** By operation and id, e.g. `event abc123`; without a session id, `event`. */
  readonly subjects = new Map<string, CreovaiSubject>();
  /** By their own ids. */
  readonly interactions = new Map<string, object>();
  /** By the interaction's id. */
  readonly audio = new Map<string, FakeAudio>();
  tokensIssued = 0;
  clientId: string;
  clientSecret: string;
  expiresIn: number;
  /** When they end. */
  readonly #tokens = new Map<string, number>();

  constructor(options: CreovaiOptions = {}) {
    super(CREOVAI);
    this.clientId = options.clientId ?? 'creovai-client';
    this.clientSecret = options.clientSecret ?? 'creovai-secret';
    this.expiresIn = options.expiresIn ?? 1799;
  }

  revokeTokens(): void {
    this.#tokens.clear();
  }

  session(id: string): CreovaiSubject | undefined {
    return this.subjects.get(`event ${id}`);
  }

  protected isKnown(credential: string): boolean {
    return performance.now() < (this.#tokens.get(credential) ?? 0);
  }

  protected unauthorized(): Answer {
    return { status: 401, headers: { 'www-authenticate': 'Bearer' } };
  }

  protected unknown(): Answer {
    return { status: 404 };
  }

  protected invalid(problems: readonly Problem[]): Answer {
    const lines = problems.map(({ at, message }) => `${at.join('.')} ${message}`);
    return { status: 400, body: `Request content is invalid: ${lines.join('; ')}` };
  }

  /** Groups are no calls: events of several calls go to one group at the same time. */
  protected callKey({ operation, body }: CheckedRequest): string | null {
    return operation.name === 'event' && body.sessionid !== undefined ? String(body.sessionid) : null;
  }

  protected apply({ operation, parameters, body, range }: CheckedRequest): Answer {
    if (operation.name === 'getInteraction') {
      const interaction = this.interactions.get(String(parameters.id));
      return interaction === undefined ? this.unknown() : { status: 200, body: interaction };
    }
    if (operation.name === 'status')
      return { status: 200, body: this.#statusOf(body.sessionids as string[]) };
    if (operation.name === 'token') return this.#issueToken(body);
    if (operation.name === 'audio') {
      const audio = this.audio.get(String(parameters.id));
      return audio === undefined ? this.unknown() : audioAnswer(audio, range);
    }
    const id = body[ID_MEMBERS[operation.name] ?? ''];
    this.#record(id === undefined ? operation.name : `${operation.name} ${id}`, {
      eventTime: String(body.eventtime ?? new Date().toISOString()),
      metadata: body.metadata as CreovaiEvent['metadata'],
    });
    return { status: 200 };
  }

  #statusOf(sessionIds: string[]) {
    const known = [...this.interactions.values()] as { id: string; sessionId: string }[];
    const sessions = sessionIds.map((sessionId) => {
      const id = known.find((interaction) => interaction.sessionId === sessionId)?.id;
      return id === undefined ? { sessionId, status: 'NotFound' } : { sessionId, id, status: 'Complete' };
    });
    return { sessions };
  }

  #issueToken({ client_id, client_secret }: Record<string, unknown>): Answer {
    if (client_id !== this.clientId || client_secret !== this.clientSecret) return this.unauthorized();
    const token = randomUUID();
    this.tokensIssued += 1;
    this.#tokens.set(token, performance.now() + this.expiresIn * 1000);
    return {
      status: 200,
      body: { access_token: token, token_type: 'bearer', expires_in: this.expiresIn },
    };
  }

  #record(key: string, event: CreovaiEvent): void {
    const subject: CreovaiSubject = this.subjects.get(key) ?? { events: [], fields: new Map() };
    this.subjects.set(key, subject);
    subject.events.push(event);
    const eventTime = Date.parse(event.eventTime);
    for (const [name, value] of Object.entries(event.metadata)) {
      if (eventTime < (subject.fields.get(name)?.eventTime ?? Number.NEGATIVE_INFINITY)) continue;
      subject.fields.set(name, { value, eventTime });
    }
  }
}
