import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, chargedTo, ofWrite } from '../../src/db/account.js';
import { Answers, AnswersFull, AnswerTooLarge } from '../../src/db/answers.js';

const LIMITS = { answerMaxBytes: 1_000, answersMaxBytes: 6_400 };
/** What is small under these limits. */
const SMALL = 100;

describe('an answer', () => {
  it('may take as many bytes as allowed, and is refused with the next', () => {
    const answer = new Answers(LIMITS).open('a', 'key');
    expect(answer.read(999)).toBeNull();
    expect(answer.read(1)).toBeNull();
    const refusal = answer.read(1);
    expect(refusal).toMatchObject({ name: 'AnswerTooLarge', limit: 1_000, variable: 'ANSWER_MAX_BYTES' });
    expect(answer.refusal).toBe(refusal);
    expect(answer.read(0)).toBe(refusal);
  });

  it('begins no statement once it is refused', () => {
    const answer = new Answers(LIMITS).open('a', 'key');
    answer.read(1_001);
    expect(() => chargedTo(answer, () => expect.unreachable())).toThrow(AnswerTooLarge);
    expect(() => chargedTo(ofWrite(answer), () => expect.unreachable())).toThrow(AnswerTooLarge);
  });

  it('may show what it has read many times, up to half of the memory', () => {
    const answer = new Answers(LIMITS).open('a', 'key');
    expect(answer.read(1_000)).toBeNull();
    expect(answer.hold(2_200)).toBeNull();
    expect(answer.hold(1)).toMatchObject({ limit: 3_200, variable: 'ANSWERS_MAX_BYTES' });
  });

  it('is not cut off in a write that may be committed, and shows nothing more behind it', () => {
    const answer = new Answers(LIMITS).open('a', 'key');
    const write = ofWrite(answer);
    expect(write.read(5_000)).toBeNull();
    expect(write.arrived).toBe(5_000);
    expect(answer.refusal).toBeInstanceOf(AnswerTooLarge);
  });

  it('that several ask for may take a part of it, and is held once', () => {
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

  it('is half an organization’s own while it is alone, and a third of it each where there are two', () => {
    const answers = new Answers(LIMITS);
    const refusals = (organization: string) =>
      large(answers, organization, 6).map(({ refusal }) => refusal?.name ?? null);
    expect(refusals('a')).toEqual([null, null, null, 'AnswersFull', 'AnswersFull', 'AnswersFull']);
    expect(answers.memory.hasRoom('a')).toBe(false);
    const beside = new Answers(LIMITS);
    const turns = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? 'a' : 'b'));
    const granted = turns
      .flatMap((organization) => large(beside, organization, 1))
      .map(({ refusal }) => refusal);
    expect(granted.slice(0, 4)).toEqual([null, null, null, null]);
    expect(granted.slice(4).map((refusal) => refusal?.name)).toEqual(['AnswersFull', 'AnswersFull']);
  });

  it('leaves room for another organization, and for what is small', () => {
    const answers = new Answers(LIMITS);
    large(answers, 'a', 4);
    expect(answers.open('a', 'key').read(SMALL)).toBeNull();
    expect(answers.open('a', 'key').read(SMALL + 1)).toBeInstanceOf(AnswersFull);
    expect(answers.open('b', 'key').read(900)).toBeNull();
  });

  it('is given back when an answer was sent, once', () => {
    const answers = new Answers(LIMITS);
    const [first] = large(answers, 'a', 3);
    expect(answers.memory.hasRoom('a')).toBe(true);
    large(answers, 'a', 1);
    expect(answers.memory.hasRoom('a')).toBe(false);
    first?.answer.release();
    first?.answer.release();
    expect(answers.memory.hasRoom('a')).toBe(true);
    expect(answers.memory.held).toBe(2_700);
    // A statement that nobody waited for holds nothing.
    first?.answer.read(900);
    expect(answers.memory.held).toBe(2_700);
  });

  it('never comes to more than allowed but for what is small and for the last piece of each, and ends with nothing', () => {
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
          expect(answers.memory.hasRoom(organization)).toBe(true);
      }),
    );
  });
});
