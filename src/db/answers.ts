import type { Account } from './account.js';

export interface AnswerLimits {
  /** Bytes that are read for an answer, and bytes that it is written in. */
  answerMaxBytes: number;
  /** Bytes that all answers under way take together. */
  answersMaxBytes: number;
}

/** An answer would be larger than it may be: nothing more is read for it. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  readonly limit: number;
  readonly variable: string;

  constructor(limit: number, variable: 'ANSWER_MAX_BYTES' | 'ANSWERS_MAX_BYTES' = 'ANSWER_MAX_BYTES') {
    const share = variable === 'ANSWERS_MAX_BYTES' ? 'half of ' : '';
    super(
      `The answer would take more than ${limit} bytes (${share}${variable}): ask for fewer things at once, or for fewer of their fields`,
    );
    this.limit = limit;
    this.variable = variable;
  }
}

/** There is no room for an answer of this size at the moment. */
export class AnswersFull extends Error {
  override readonly name = 'AnswersFull';

  constructor() {
    super('Too many large answers are under way; try again in a moment');
  }
}

/** Bytes that an answer may always take, so that large ones keep no small one from being given. */
const SMALL = 1_048_576;
/** The part of all memory for answers that the small ones may come to beside it: there are 64 requests at once. */
const SMALL_SHARE = 1 / 64;
/** The part of an answer's bytes that several requests may read by one statement. */
const COMMON_SHARE = 1 / 4;

/**
 * The memory of all answers under way: what is read for them, and what it is shown in, until it was sent. An answer that is
 * not small has room as long as its organization has no more than is left, so that there is always something left for the
 * others: alone an organization may have half, beside another one each a third.
 */
export class Answers {
  readonly limits: AnswerLimits;
  readonly small: number;
  readonly #heldBy = new Map<string, number>();
  #held = 0;

  constructor(limits: AnswerLimits) {
    this.limits = limits;
    this.small = Math.min(SMALL, Math.floor(limits.answersMaxBytes * SMALL_SHARE));
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held;
  }

  /** The account of one answer. */
  open(organization: string, key: string): Account {
    return new Answer(this, organization, key, this.limits.answerMaxBytes);
  }

  hasRoom(organization: string): boolean {
    return (this.#heldBy.get(organization) ?? 0) <= this.limits.answersMaxBytes - this.#held;
  }

  /** @param bytes negative for what is given back */
  hold(organization: string, bytes: number): void {
    this.#held += bytes;
    const held = (this.#heldBy.get(organization) ?? 0) + bytes;
    if (held > 0) this.#heldBy.set(organization, held);
    else this.#heldBy.delete(organization);
  }
}

class Answer implements Account {
  readonly organization: string;
  readonly key: string;
  arrived = 0;
  refusal: Error | null = null;
  readonly #answers: Answers;
  /** Bytes that may arrive for it. */
  readonly #most: number;
  #held = 0;
  #isOver = false;

  constructor(answers: Answers, organization: string, key: string, most: number) {
    this.#answers = answers;
    this.organization = organization;
    this.key = key;
    this.#most = most;
  }

  read(bytes: number): Error | null {
    this.arrived += bytes;
    if (this.arrived > this.#most) this.refusal ??= new AnswerTooLarge(this.#most);
    return this.hold(bytes);
  }

  hold(bytes: number): Error | null {
    const answers = this.#answers;
    if (!this.#isOver) {
      this.#held += bytes;
      answers.hold(this.organization, bytes);
    }
    if (this.refusal !== null || this.#held <= answers.small) return this.refusal;
    const half = Math.floor(answers.limits.answersMaxBytes / 2);
    if (this.#held > half) this.refusal = new AnswerTooLarge(half, 'ANSWERS_MAX_BYTES');
    else if (!answers.hasRoom(this.organization)) this.refusal = new AnswersFull();
    return this.refusal;
  }

  release(): void {
    this.#isOver = true;
    this.#answers.hold(this.organization, -this.#held);
    this.#held = 0;
  }

  anew(): Account {
    return this.#answers.open(this.organization, this.key);
  }

  shared(key: string): Account {
    const most = Math.max(this.#answers.small, this.#answers.limits.answerMaxBytes * COMMON_SHARE);
    return new Answer(this.#answers, this.organization, key, most);
  }
}
