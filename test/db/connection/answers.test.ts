import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, chargedTo, forWrite } from '../../../src/db/connection/account.js';
import { Answers, AnswersFull, AnswerTooLarge } from '../../../src/db/connection/answers.js';

const LIMITS = { answerMaxBytes: 1_000, answersMaxBytes: 6_400 };
const SMALL = 100;

describe('an answer', () => {
  it('may take as many bytes as allowed, and not one more', () => {
    const answer = new Answers(LIMITS).open('a', 'key');
    expect(answer.read(999)).toBeNull();
    expect(answer.read(1)).toBeNull();
    const refusal = answer.read(1);
    expect(refusal).toMatchObject({ name: 'AnswerTooLarge', limit: 1_000, variable: 'ANSWER_MAX_BYTES' });
    expect(answer.refusal).toBe(refusal);
    expect(answer.read(0)).toBe(refusal);
  });

  it('starts no statement once it is refused', () => {
    const answer = new Answers(LIMITS).open('a', 'key');
    answer.read(1_001);
    expect(() => chargedTo(answer, () => expect.unreachable())).toThrow(AnswerTooLarge);
    expect(() => chargedTo(forWrite(answer), () => expect.unreachable())).toThrow(AnswerTooLarge);
  });

  it('may show its data many times, up to half of the memory', () => {
    const answer = new Answers(LIMITS).open('a', 'key');
    expect(answer.read(1_000)).toBeNull();
    expect(answer.hold(2_200)).toBeNull();
    expect(answer.hold(1)).toMatchObject({ limit: 3_200, variable: 'ANSWERS_MAX_BYTES' });
  });

  it('is not cut off in a write that may be committed, but shows nothing after it', () => {
    const answer = new Answers(LIMITS).open('a', 'key');
    const write = forWrite(answer);
    expect(write.read(5_000)).toBeNull();
    expect(write.arrived).toBe(5_000);
    expect(answer.refusal).toBeInstanceOf(AnswerTooLarge);
  });

  it('that is shared may take a part of the limit, and is counted once', () => {
    const answers = new Answers(LIMITS);
    const shared = answers.open('a', 'key').shared('');
    expect([shared.organization, shared.key]).toEqual(['a', '']);
    expect(shared.read(250)).toBeNull();
    expect(answers.memory.held).toBe(250);
    expect(shared.read(1)).toBeInstanceOf(AnswerTooLarge);
    shared.release();
    expect(answers.memory.held).toBe(0);
  });
});

describe('the memory of all answers', () => {
  const large = (answers: Answers, organization: string, count: number) =>
    Array.from({ length: count }, () => {
      const answer = answers.open(organization, 'key');
      return { answer, refusal: answer.read(900) };
    });

  it('gives a single organization half, and two of them a third each', () => {
    const answers = new Answers(LIMITS);
    const refusals = (organization: string) =>
      large(answers, organization, 6).map(({ refusal }) => refusal?.name ?? null);
    expect(refusals('a')).toEqual([null, null, null, 'AnswersFull', 'AnswersFull', 'AnswersFull']);
    expect(answers.memory.hasSpace('a')).toBe(false);
    const beside = new Answers(LIMITS);
    const turns = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? 'a' : 'b'));
    const granted = turns
      .flatMap((organization) => large(beside, organization, 1))
      .map(({ refusal }) => refusal);
    expect(granted.slice(0, 4)).toEqual([null, null, null, null]);
    expect(granted.slice(4).map((refusal) => refusal?.name)).toEqual(['AnswersFull', 'AnswersFull']);
  });

  it('leaves space for another organization, and for small answers', () => {
    const answers = new Answers(LIMITS);
    large(answers, 'a', 4);
    expect(answers.open('a', 'key').read(SMALL)).toBeNull();
    expect(answers.open('a', 'key').read(SMALL + 1)).toBeInstanceOf(AnswersFull);
    expect(answers.open('b', 'key').read(900)).toBeNull();
  });

  it('is released once when an answer was sent', () => {
    const answers = new Answers(LIMITS);
    const [first] = large(answers, 'a', 3);
    expect(answers.memory.hasSpace('a')).toBe(true);
    large(answers, 'a', 1);
    expect(answers.memory.hasSpace('a')).toBe(false);
    first?.answer.release();
    first?.answer.release();
    expect(answers.memory.hasSpace('a')).toBe(true);
    expect(answers.memory.held).toBe(2_700);
    // A late statement holds nothing.
    first?.answer.read(900);
    expect(answers.memory.held).toBe(2_700);
  });

  it('never exceeds the limit except by small answers and the last piece of each, and returns to zero', () => {
    const step = fc.record({ who: fc.nat(5), bytes: fc.integer({ min: 1, max: 400 }), end: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const answers = new Answers(LIMITS);
        const open = new Map<number, Account>();
        for (const { who, bytes, end } of steps) {
          const answer = open.get(who) ?? answers.open(`o${who % 3}`, 'key');
          open.set(who, answer);
          if (answer.refusal === null) answer.read(bytes);
          if (!end) continue;
          answer.release();
          open.delete(who);
        }
        expect(answers.memory.held).toBeLessThanOrEqual(LIMITS.answersMaxBytes + 6 * (SMALL + 400));
        for (const answer of open.values()) answer.release();
        expect(answers.memory.held).toBe(0);
        for (const organization of ['o0', 'o1', 'o2'])
          expect(answers.memory.hasSpace(organization)).toBe(true);
      }),
    );
  });
});
