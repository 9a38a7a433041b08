import type { CallReference } from '../../calls/reference/call-reference.type.js';
import { CLIENTS, type Client, clientOf, STAFF, type Staff } from './company.js';
import { TOPICS, type Topic } from './conversations.js';
import { Random } from './random.js';
import type { Write } from './write.js';

export interface Step {
  /** When it is written, in milliseconds since 1970. */
  at: number;
  write: Write;
}

/** A call of the story, for one who breaks the story off. */
export interface StoryCall {
  reference: CallReference;
  /** In milliseconds since 1970. */
  from: number;
  to: number;
}

export interface StoryOptions {
  seed: number;
  /** What its references depend on beside the seed: stories of another day are other calls. */
  day: string;
  index: number;
  begin: Date;
  /** How many times shorter than real calls its calls are. */
  speed: number;
}

const HOURS: readonly string[] = ['nine', 'half past ten', 'noon', 'two', 'half past three'];
const DAYS: readonly string[] = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'];

/** One or two calls of a client, and all that is written of them in the order in which it is learnt. */
export class Story {
  readonly random: Random;
  readonly client: Client;
  readonly staff: Staff;
  readonly topic: Topic;
  readonly calls: StoryCall[] = [];
  readonly #ids: Random;
  readonly #begin: number;
  readonly #speed: number;
  readonly #words: Record<string, string>;
  readonly #steps: Step[] = [];

  constructor({ seed, day, index, begin, speed }: StoryOptions) {
    this.random = new Random('story', seed, index);
    this.#ids = new Random('ids', seed, day, index);
    this.#begin = begin.getTime();
    this.#speed = speed;
    this.client = clientOf(this.random.integer(0, CLIENTS - 1));
    this.staff = this.random.pick(STAFF);
    this.topic = this.random.pick(TOPICS);
    this.#words = {
      client: this.client.name,
      staff: this.staff.name,
      day: this.random.pick(DAYS),
      hour: this.random.pick(HOURS),
      amount: `${this.random.integer(4, 48) * 5} ${this.client.line.currency}`,
    };
  }

  /** In the order in which they are written. */
  get steps(): Step[] {
    return this.#steps.toSorted((one, other) => one.at - other.at);
  }

  /** Seconds from its begin, for a length that is drawn around the median. */
  lasts(median: number, spread?: number): number {
    return this.random.around(median, spread) / this.#speed;
  }

  at(seconds: number): Date {
    return new Date(this.#begin + Math.round(seconds * 1_000));
  }

  write(seconds: number, write: Write): void {
    this.#steps.push({ at: this.at(seconds).getTime(), write });
  }

  /** Announces a call from then to then, in seconds. */
  call(reference: CallReference, from: number, to: number): void {
    this.calls.push({ reference, from: this.at(from).getTime(), to: this.at(to).getTime() });
  }

  uuid = (): string => this.#ids.uuid();
  hex = (characters: number): string => this.#ids.hex(characters);
  digits = (count: number): string => `${this.#ids.integer(1, 9)}${this.#ids.digits(count - 1)}`;

  say(text: string): string {
    return text.replaceAll(/\{(\w+)\}/g, (whole, name) => this.#words[name] ?? whole);
  }

  /** An amount of money for a talk of so many seconds, at a price for a minute. */
  price(seconds: number, perMinute: number, places = 4): string {
    return ((seconds / 60) * perMinute).toFixed(places);
  }
}

/** Seconds as vendors report them. */
export const whole = (seconds: number): number => Math.max(1, Math.round(seconds));
