import type { ServerResponse } from 'node:http';
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql';
import { jsonText } from '../../foundation/json-text.js';
import type { Payload, Subscriber } from '../subscription-handle.js';
import { SIGNED_OUT, TOO_SLOW } from './close-codes.js';
import { Outlet, type Portion, portionsOf } from './outlet.js';
import { type ReadingLimits, watchReading } from './socket.js';

const NEXT = Buffer.from('event: next\ndata: ');
const END = Buffer.from('\n\n');
const COMPLETE = 'event: complete\ndata:\n\n';
const CLOSE_WITHIN = 5_000;

const portionsByFrames = new WeakMap<readonly Payload[], Portion[]>();

function eventsOf(frames: readonly Payload[]): Portion[] {
  let portions = portionsByFrames.get(frames);
  if (portions === undefined) {
    portions = portionsOf(frames, (payload) => [NEXT, payload, END]).map(({ count, pieces }) => ({
      count,
      pieces: [Buffer.concat(pieces)],
    }));
    portionsByFrames.set(frames, portions);
  }
  return portions;
}

export class LiveStream implements Subscriber {
  readonly #response: ServerResponse;
  readonly #outlet: Outlet;
  readonly #formatted: (error: unknown) => GraphQLFormattedError[];
  #leave = () => {};
  #isOver = false;

  constructor(
    response: ServerResponse,
    limits: ReadingLimits,
    formatted: (error: unknown) => GraphQLFormattedError[],
  ) {
    this.#response = response;
    this.#outlet = new Outlet(response, limits.liveBufferLimit);
    this.#formatted = formatted;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      connection: 'close',
      'x-accel-buffering': 'no',
    });
    response.write(':\n\n');
    response.once('close', () => this.#end());
    watchReading(response, this.#outlet, limits, () => {
      if (this.#isOver) response.destroy();
      else this.#endWith({ errors: [TOO_SLOW] }, '');
    });
  }

  onEnd(leave: () => void): void {
    if (this.#isOver) leave();
    else this.#leave = leave;
  }

  ping(): void {
    if (!this.#isOver && this.#outlet.waiting === 0) this.#response.write(':\n\n');
  }

  send(frames: readonly Payload[]): number {
    return this.#isOver ? 0 : this.#outlet.write(eventsOf(frames));
  }

  drained(): Promise<void> {
    return this.#outlet.drained();
  }

  fail(error: unknown): void {
    this.answer({ errors: this.#formatted(error) });
  }

  complete(): void {
    this.#endWith(null, COMPLETE);
  }

  answer(result: FormattedExecutionResult): void {
    this.#endWith(result, COMPLETE);
  }

  signOut(): void {
    this.answer({ errors: [SIGNED_OUT] });
  }

  /** Without `complete`, so that the client reconnects to another gateway. */
  sendAway(): void {
    this.#endWith(null, '');
  }

  #endWith(result: FormattedExecutionResult | null, complete: string): void {
    if (this.#isOver) return;
    this.#end();
    const last = result === null ? '' : `event: next\ndata: ${jsonText(result)}\n\n`;
    this.#response.end(last + complete);
    const cut = setTimeout(() => this.#response.destroy(), CLOSE_WITHIN).unref();
    this.#response.once('close', () => clearTimeout(cut));
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
  }
}
