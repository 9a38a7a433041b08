import { SharedMemory } from '../../foundation/shared-memory.js';
import type { Account, Asker, Reading } from './account.js';

export interface AnswerLimits {
  answerMaxBytes: number;
  answersMaxBytes: number;
}

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

export class AnswersFull extends Error {
  override readonly name = 'AnswersFull';

  constructor() {
    super('Too many large answers are under way; try again in a moment');
  }
}

/** Every answer may take these, so that large answers never block small ones. */
const SMALL_BYTES = 1_048_576;
const SMALL_SHARE = 1 / 64;
const COMMON_SHARE = 1 / 4;

export class Answers {
  readonly limits: AnswerLimits;
  readonly small: number;
  readonly memory: SharedMemory;

  constructor(limits: AnswerLimits) {
    this.limits = limits;
    this.small = Math.min(SMALL_BYTES, Math.floor(limits.answersMaxBytes * SMALL_SHARE));
    this.memory = new SharedMemory(limits.answersMaxBytes);
  }

  open(organization: string, key: string, asker: Asker | null = null): Account {
    return new Answer(this, { organization, key, asker }, this.limits.answerMaxBytes);
  }
}

class Answer implements Account {
  readonly organization: string;
  readonly key: string;
  asker: Asker | null;
  arrived = 0;
  refusal: Error | null = null;
  reading: Reading | null = null;
  readonly limit = null;
  readonly #answers: Answers;
  readonly #maxBytes: number;
  #held = 0;
  #isOver = false;

  constructor(
    answers: Answers,
    { organization, key, asker }: Pick<Account, 'organization' | 'key' | 'asker'>,
    maxBytes: number,
  ) {
    this.#answers = answers;
    this.organization = organization;
    this.key = key;
    this.asker = asker;
    this.#maxBytes = maxBytes;
  }

  read(bytes: number): Error | null {
    this.arrived += bytes;
    if (this.arrived > this.#maxBytes) this.refusal ??= new AnswerTooLarge(this.#maxBytes);
    return this.hold(bytes);
  }

  hold(bytes: number): Error | null {
    const answers = this.#answers;
    if (!this.#isOver) {
      this.#held += bytes;
      answers.memory.hold(this.organization, bytes);
    }
    if (this.refusal !== null || this.#held <= answers.small) return this.refusal;
    const half = Math.floor(answers.limits.answersMaxBytes / 2);
    if (this.#held > half) this.refusal = new AnswerTooLarge(half, 'ANSWERS_MAX_BYTES');
    else if (!answers.memory.hasSpace(this.organization)) this.refusal = new AnswersFull();
    return this.refusal;
  }

  release(): void {
    this.#isOver = true;
    this.#answers.memory.hold(this.organization, -this.#held);
    this.#held = 0;
  }

  anew(): Account {
    return this.#answers.open(this.organization, this.key, this.asker);
  }

  shared(key: string): Account {
    const maxBytes = Math.max(this.#answers.small, this.#answers.limits.answerMaxBytes * COMMON_SHARE);
    const { organization, asker } = this;
    return new Answer(this.#answers, { organization, key, asker }, maxBytes);
  }
}
