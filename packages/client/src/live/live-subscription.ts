import type { GraphQLFormattedError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Connection, Running } from './connection.js';
import {
  ConnectionRefused,
  codeOf,
  type LiveError,
  OperationRefused,
  PASSING_ERRORS,
} from './live-errors.js';
import type { LiveOptions, LiveRequest, LiveResult, LiveSink, LostChanges } from './live-values.js';
import { type Resumption, resumptionOf } from './resumption.js';
import { unharmed } from './unharmed.js';

/** Tries after an internal error of the gateway before the application gets it. */
const MOST_FAULTS = 5;
/** Cursors by which a change is known that comes twice. */
const MOST_SEEN = 100;

/** One subscription across all cuts. */
export class LiveSubscription {
  readonly #connection: Connection;
  readonly #options: LiveOptions;
  readonly #request: LiveRequest;
  readonly #sink: LiveSink;
  readonly #resumption: Resumption;
  readonly #seen: string[] = [];
  #cursor: string | null;
  #running: Running | null = null;
  #attempt = 0;
  /** How many gaps there were, and what has come since the last one, which is shown after its changes are read. */
  #gaps = 0;
  #held: LiveResult[] | null = null;
  #isOver = false;

  constructor(connection: Connection, options: LiveOptions, request: LiveRequest, sink: LiveSink) {
    this.#connection = connection;
    this.#options = options;
    this.#request = request;
    this.#sink = sink;
    this.#resumption = resumptionOf(request);
    this.#cursor = this.#resumption.begin;
  }

  async run(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#findBeginning();
        if (this.#isOver) return;
        await this.#follow();
        return this.#end((sink) => sink.complete());
      } catch (failure) {
        if (this.#isOver) return;
        const error = await this.#recover(failure);
        if (error !== null) return this.#end((sink) => sink.error(error));
        if (this.#connection.isDisposed) return this.#end((sink) => sink.complete());
        if (!this.#resumption.isResumable && this.#options.onGap !== undefined) {
          this.#gaps += 1;
          this.#held ??= [];
        }
      }
    }
  }

  stop(): void {
    this.#isOver = true;
    this.#running?.stop();
  }

  #end(say: (sink: LiveSink) => void): void {
    if (this.#isOver) return;
    this.#showHeld();
    if (this.#isOver) return;
    this.#isOver = true;
    unharmed(() => say(this.#sink));
  }

  /** Without it, what changes between a cut and the first change that arrived would be lost. */
  async #findBeginning(): Promise<void> {
    if (!this.#resumption.isResumable || this.#cursor !== null) return;
    const { data, errors } = await this.#connection.ask('{ changeCursor }');
    if (errors !== undefined && errors.length > 0) throw errors;
    const cursor = data?.changeCursor;
    this.#cursor = typeof cursor === 'string' ? cursor : null;
  }

  async #follow(): Promise<void> {
    const { query, variablesAfter } = this.#resumption;
    const { operationName, extensions } = this.#request;
    const cursor = () => this.#cursor;
    const payload: SubscribePayload = {
      query,
      ...(operationName != null && { operationName }),
      ...(extensions != null && { extensions }),
      // After a close with 1000, graphql-ws sends the payload again by itself.
      get variables() {
        return variablesAfter(cursor());
      },
    };
    const running = this.#connection.run(payload, (result) => this.#take(result));
    this.#running = running;
    if (this.#held !== null) void this.#reportGap(this.#gaps);
    await running.done;
  }

  #take(result: LiveResult): void {
    if (this.#isOver) return;
    this.#attempt = 0;
    this.#connection.progressed();
    const cursor = this.#resumption.cursorIn(result);
    if (cursor !== null) {
      if (this.#seen.includes(cursor)) return;
      this.#cursor = cursor;
      this.#seen.push(cursor);
      if (this.#seen.length > MOST_SEEN) this.#seen.shift();
    }
    if (this.#held === null) this.#show(result);
    else this.#held.push(result);
  }

  #show(result: LiveResult): void {
    if (!this.#isOver) unharmed(() => this.#sink.next(this.#resumption.shown(result)));
  }

  #showHeld(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const result of held) this.#show(result);
  }

  /**
   * The answer to a query that was sent after the subscription says that the gateway has that. What changes from then on
   * comes after what is read of before, which may be older.
   */
  async #reportGap(gap: number): Promise<void> {
    const isAnswered = await this.#connection.ask('{ __typename }').then(
      () => true,
      (failure) => Array.isArray(failure),
    );
    if (!isAnswered || this.#isOver || this.#gaps !== gap) return;
    try {
      await this.#options.onGap?.(this.#lost());
    } catch (error) {
      unharmed(() => {
        throw error;
      });
    }
    if (this.#gaps === gap) this.#showHeld();
  }

  async #recover(failure: unknown): Promise<LiveError | null> {
    if (!Array.isArray(failure)) return this.#connection.recover(failure);
    const errors = failure as GraphQLFormattedError[];
    const code = codeOf(errors) ?? '';
    if (code === 'UNAUTHENTICATED') {
      const closed = { code: 4401, reason: errors[0]?.message ?? '' };
      const recovery = this.#connection.recover(closed);
      this.#connection.signInAnew();
      const refused = await recovery;
      return refused instanceof ConnectionRefused ? new OperationRefused(errors) : refused;
    }
    if (code === 'CURSOR_LOST') unharmed(() => this.#options.onCursorLost?.(this.#lost()));
    const isPassing = PASSING_ERRORS.includes(code);
    if (!isPassing || (code === 'INTERNAL_SERVER_ERROR' && this.#attempt >= MOST_FAULTS)) {
      return new OperationRefused(errors);
    }
    this.#attempt += 1;
    const seconds = Number(errors[0]?.extensions?.retryAfter ?? 0);
    await this.#connection.pause(this.#attempt, Number.isFinite(seconds) ? 1_000 * seconds : 0);
    return null;
  }

  #lost(): LostChanges {
    const { query, variablesAfter } = this.#resumption;
    return {
      query,
      variables: variablesAfter(this.#cursor),
      operationName: this.#request.operationName ?? null,
    };
  }
}
