import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentAccount, newAccount } from '../../../src/db/connection/account.js';
import { Answers, AnswerTooLarge } from '../../../src/db/connection/answers.js';
import { listLoader, pageLoader, rowLoader } from '../../../src/db/loading/batch.js';
import { sharedQuestion, sharedRead } from '../../../src/db/loading/shared-read.js';
import type { Page } from '../../../src/foundation/page.js';
import { afterThisTurn } from '../../../src/foundation/turn.js';

const by = (organization: string, key = 'key') => newAccount(organization, key);
const turn = () => new Promise<void>(afterThisTurn);

/** A read that returns owner, key and statement number, and records its arguments. */
function watchedRead() {
  const statements: [owner: string, keys: string[]][] = [];
  const read = sharedRead(async (owner: string, keys: readonly string[]) => {
    statements.push([owner, [...keys]]);
    const number = statements.length;
    await sleep(1);
    return new Map(
      keys.filter((key) => !key.startsWith('no')).map((key) => [key, `${owner} ${key} ${number}`]),
    );
  });
  return { read, statements };
}

const keysFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => `k${first + index}`);

describe('a shared read', () => {
  it('is one statement for all requests of a turn, with each key once', async () => {
    const { read, statements } = watchedRead();
    const answers = await Promise.all([
      read(by('a'), ['1', '2']),
      read(by('a'), ['2', '3']),
      read(by('a'), ['none']),
    ]);
    expect(statements).toEqual([['a', ['1', '2', '3', 'none']]]);
    expect(answers.map((answer) => answer.get('2'))).toEqual(new Array(3).fill('a 2 1'));
    expect(answers[0].has('none')).toBe(false);
  });

  it('includes requests from callbacks of the same turn', async () => {
    const { read, statements } = watchedRead();
    const answers = [read(by('a'), ['1'])];
    queueMicrotask(() => answers.push(read(by('a'), ['2'])));
    process.nextTick(() => answers.push(read(by('a'), ['3'])));
    await turn();
    await Promise.all(answers);
    expect(statements).toEqual([['a', ['1', '2', '3']]]);
  });

  it('starts after the last of its requests', async () => {
    const { read, statements } = watchedRead();
    const first = read(by('a'), ['1']);
    expect(statements).toEqual([]);
    await first;
    expect(statements).toHaveLength(1);
  });

  it('is a new one in a later turn, even for the same keys while the first is running', async () => {
    const { read, statements } = watchedRead();
    const first = read(by('a'), ['1']);
    while (statements.length === 0) await turn();
    const second = read(by('a'), ['1']);
    expect((await first).get('1')).toBe('a 1 1');
    expect((await second).get('1')).toBe('a 1 2');
    expect((await read(by('a'), ['1'])).get('1')).toBe('a 1 3');
  });

  describe('one after another', () => {
    /** Each statement runs until it is settled. */
    function heldRead() {
      const statements: { keys: string[]; done: () => void; fail: (error: Error) => void }[] = [];
      const read = sharedRead<number>(
        async (_, keys) => {
          const { promise, resolve, reject } = withResolvers();
          statements.push({ keys: [...keys], done: resolve, fail: reject });
          const number = statements.length;
          await promise;
          return new Map(keys.map((key) => [key, number]));
        },
        { oneAfterAnother: true },
      );
      const begun = async (count: number) => {
        while (statements.length < count) await turn();
        return statements[count - 1] as (typeof statements)[number];
      };
      return { read, statements, begun };
    }
    const withResolvers = () => {
      let resolve = () => {};
      let reject: (error: Error) => void = () => {};
      const promise = new Promise<void>((done, failed) => {
        resolve = done;
        reject = failed;
      });
      return { promise, resolve, reject };
    };
    const lost = () => Object.assign(new Error('lost'), { code: 'CONNECTION_CLOSED' });

    it('gathers requests while a statement runs, and asks for the same key again', async () => {
      const { read, statements, begun } = heldRead();
      const first = read(null, ['1']);
      const running = await begun(1);
      const later = [read(null, ['1'])];
      for (const key of ['2', '3']) {
        await turn();
        later.push(read(null, [key]));
      }
      await turn();
      expect(statements).toHaveLength(1);
      running.done();
      expect((await first).get('1')).toBe(1);
      const second = await begun(2);
      expect(second.keys).toEqual(['1', '2', '3']);
      const third = read(null, ['1']);
      second.done();
      for (const answer of later) expect([...(await answer).values()]).toEqual([2, 2, 2]);
      (await begun(3)).done();
      expect((await third).get('1')).toBe(3);
    });

    it('goes on after a statement that was refused', async () => {
      const { read, begun } = heldRead();
      const first = read(null, ['1']);
      const running = await begun(1);
      const second = read(null, ['2']);
      running.fail(new Error('refused'));
      await expect(first).rejects.toThrow('refused');
      (await begun(2)).done();
      expect((await second).get('2')).toBe(2);
    });

    it('does not wait for a lost database again', async () => {
      const { read, statements, begun } = heldRead();
      const first = read(null, ['1']);
      const running = await begun(1);
      const second = read(null, ['2']);
      running.fail(lost());
      await expect(first).rejects.toThrow('lost');
      await expect(second).rejects.toThrow('lost');
      expect(statements).toHaveLength(1);
      const next = read(null, ['3']);
      (await begun(2)).done();
      expect((await next).get('3')).toBe(2);
    });

    it('is in its order with more keys than a statement takes', async () => {
      const { read, begun } = heldRead();
      const first = read(null, ['1']);
      const running = await begun(1);
      const later = [read(null, keysFrom(0, 900)), read(null, keysFrom(900, 900)), read(null, ['1'])];
      running.done();
      for (let each = 2; each <= 3; each += 1) (await begun(each)).done();
      const found = await Promise.all([first, ...later]);
      expect(found.map((answer) => answer.size)).toEqual([1, 900, 901, 901]);
    });
  });

  it('never mixes owners', async () => {
    const { read, statements } = watchedRead();
    const [one, other] = await Promise.all([read(by('a'), ['1', '2']), read(by('b'), ['1', '3'])]);
    expect(statements).toEqual([
      ['a', ['1', '2']],
      ['b', ['1', '3']],
    ]);
    expect([...one.values()]).toEqual(['a 1 1', 'a 2 1']);
    expect([...other.values()]).toEqual(['b 1 2', 'b 3 2']);
  });

  it('is split above 1,000 keys, except for a single request', async () => {
    const { read, statements } = watchedRead();
    const sizes = [600, 400, 1, 999, 2_500, 1];
    let first = 0;
    const answers = await Promise.all(
      sizes.map((size) => {
        const keys = keysFrom(first, size);
        first += size;
        return read(by('a'), keys).then((found) =>
          keys.every((key) => found.get(key)?.startsWith(`a ${key} `)),
        );
      }),
    );
    expect(answers).toEqual(sizes.map(() => true));
    expect(statements.map(([, keys]) => keys.length)).toEqual([1_000, 1_000, 2_500, 1]);
    await read(by('a'), ['1']);
    expect(statements.at(-1)).toEqual(['a', ['1']]);
  });

  it('fails for all requests that share it, and for none after them', async () => {
    let times = 0;
    const read = sharedRead(async (_owner: string, keys: readonly string[]) => {
      times += 1;
      if (times === 1) throw new Error('away');
      return new Map(keys.map((key) => [key, times]));
    });
    const shared = await Promise.allSettled([read(by('a'), ['1']), read(by('a'), ['2'])]);
    expect(shared.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await read(by('a'), ['1'])).get('1')).toBe(2);
  });

  it('fails the same way if the read throws synchronously, without affecting other owners', async () => {
    const read = sharedRead((owner: string, keys: readonly string[]) => {
      if (owner === 'a') throw new Error('away');
      return Promise.resolve(new Map(keys.map((key) => [key, owner])));
    });
    const [one, other] = await Promise.allSettled([read(by('a'), ['1']), read(by('b'), ['1'])]);
    expect(one.status).toBe('rejected');
    expect(other).toMatchObject({ status: 'fulfilled', value: new Map([['1', 'b']]) });
  });

  it('is charged to a single requester, or to the organization if several keys request it', async () => {
    const charged: unknown[] = [];
    const read = sharedRead(async (_owner: string, keys: readonly string[]) => {
      charged.push(currentAccount());
      return new Map(keys.map((key) => [key, key]));
    });
    const [one, other, foreign] = [by('a', 'one'), by('a', 'other'), by('b')];
    await Promise.all([read(one, ['1']), read(one, ['2']), read(foreign, ['1'])]);
    await Promise.all([read(one, ['1']), read(other, ['1']), read(one, ['2'])]);
    await Promise.all([read(by('a'), ['1']), read(by('a'), ['1'])]);
    await Promise.all([read(null, ['1']), read(null, ['2'])]);
    expect(charged.slice(0, 2)).toEqual([one, foreign]);
    expect(charged[0]).toBe(one);
    expect(charged[2]).toMatchObject({ organization: 'a', key: '' });
    expect(charged[3]).toMatchObject({ organization: 'a', key: 'key' });
    expect(charged.slice(4)).toEqual([null]);
    expect(currentAccount()).toBeNull();
  });

  /** A read whose rows have as many bytes as their keys say, until the account refuses more. */
  function weighedRead() {
    const statements: string[][] = [];
    const read = sharedRead(async (_owner: string, keys: readonly string[]) => {
      statements.push([...keys]);
      const account = currentAccount();
      await sleep(1);
      for (const key of keys) {
        const refusal = account?.read(Number(key)) ?? null;
        if (refusal !== null) throw refusal;
      }
      return new Map(keys.map((key) => [key, key]));
    });
    return { read, statements };
  }

  it('is charged to each requester for its share', async () => {
    const answers = new Answers({ answerMaxBytes: 1_000, answersMaxBytes: 6_400 });
    const { read, statements } = weighedRead();
    const accounts = [answers.open('a', 'one'), answers.open('a', 'other'), answers.open('a', 'one')];
    await Promise.all(['10', '20', '60'].map((key, index) => read(accounts[index] ?? null, [key])));
    expect(statements).toHaveLength(1);
    expect(accounts.map(({ arrived }) => arrived)).toEqual([30, 30, 30]);
    expect(answers.memory.held).toBe(90);
    for (const account of accounts) account.release();
    expect(answers.memory.held).toBe(0);
  });

  it('is read separately if it is too large together, and refused only to a request that is too large alone', async () => {
    const answers = new Answers({ answerMaxBytes: 1_000, answersMaxBytes: 6_400 });
    const { read, statements } = weighedRead();
    const accounts = Array.from({ length: 3 }, () => answers.open('a', 'key'));
    const keys = [['100'], ['800', '300'], ['200', '100']];
    const read3 = keys.map((each, index) => read(accounts[index] ?? null, each));
    const [first, second, third] = await Promise.allSettled(read3);
    expect(statements).toEqual([['100', '800', '300', '200'], ...keys]);
    expect(first).toMatchObject({ value: new Map([['100', '100']]) });
    expect(second).toMatchObject({ reason: expect.any(AnswerTooLarge) });
    expect(third).toMatchObject({ status: 'fulfilled' });
    expect(accounts.map(({ arrived }) => arrived)).toEqual([100, 1_100, 300]);
    expect(answers.memory.held).toBe(1_500);
  });

  it('refuses a requester that may read no more', async () => {
    const answers = new Answers({ answerMaxBytes: 1_000, answersMaxBytes: 6_400 });
    const { read } = weighedRead();
    const [refused, other] = [answers.open('a', 'key'), answers.open('a', 'key')];
    refused.read(1_001);
    const [first, second] = await Promise.allSettled([read(refused, ['1']), read(other, ['2'])]);
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('gives each requester exactly its own values, for random requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            owner: fc.constantFrom('a', 'b', '__proto__'),
            keys: fc.array(fc.constantFrom('1', '2', 'no', 'constructor', '__proto__'), { minLength: 1 }),
            wait: fc.nat(2),
          }),
          { maxLength: 30 },
        ),
        async (asked) => {
          const { read, statements } = watchedRead();
          const answers: Promise<void>[] = [];
          for (const { owner, keys, wait } of asked) {
            for (let turns = 0; turns < wait; turns += 1) await turn();
            const before = statements.length;
            answers.push(
              read(by(owner), keys).then((found) => {
                for (const key of keys) {
                  const [by, , number] = found.get(key)?.split(' ') ?? [];
                  if (key === 'no') expect(by).toBeUndefined();
                  else expect(by).toBe(owner);
                  if (number !== undefined) expect(Number(number)).toBeGreaterThan(before);
                }
              }),
            );
          }
          await Promise.all(answers);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a shared question', () => {
  function watchedQuestion() {
    const asked: [string, unknown][] = [];
    const ask = sharedQuestion(async (organization: string, question: unknown) => {
      const answer = [asked.push([organization, question])];
      await sleep(1);
      return answer;
    });
    return { ask, asked };
  }

  it.each<[string, unknown, unknown]>([
    ['no condition', {}, {}],
    ['the same', { a: [1, 'x', null], b: { c: true } }, { a: [1, 'x', null], b: { c: true } }],
    ['dates', { from: new Date(0) }, { from: new Date(0) }],
    ['another order of members', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ])('is one where two are equal: %s', async (_, one, other) => {
    const { ask, asked } = watchedQuestion();
    const [first, second] = await Promise.all([ask(by('a'), one), ask(by('a'), other)]);
    expect(asked).toHaveLength(1);
    expect(first).toBe(second);
  });

  it.each<[string, unknown, unknown]>([
    ['dates', { from: new Date(0) }, { from: new Date(1) }],
    ['undefined and null', { a: undefined }, { a: null }],
    ['undefined and nothing', { a: undefined }, {}],
    ['a date and its text', { a: new Date(0) }, { a: '1970-01-01T00:00:00.000Z' }],
    ['numbers that JSON has no word for', { a: Number.NaN }, { a: null }],
    ['lists that JSON writes alike', [undefined], [null]],
    ['numbers and their text', { a: 1 }, { a: '1' }],
    ['an item and a list of it', { a: 'x' }, { a: ['x'] }],
    ['an order of items', ['a', 'b'], ['b', 'a']],
    ['text with quotes', { a: 'x","b":"y' }, { a: 'x', b: 'y' }],
    ['the key __proto__', JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"__proto__":{"x":2}}')],
    ['a key and none', JSON.parse('{"__proto__":{"x":1}}'), {}],
  ])('is asked for itself where two differ: %s', async (_, one, other) => {
    const { ask, asked } = watchedQuestion();
    await Promise.all([ask(by('a'), one), ask(by('a'), other)]);
    expect(asked).toEqual([
      ['a', one],
      ['a', other],
    ]);
  });

  it('is charged to a single requester, or to the organization if there are several', async () => {
    const ask = sharedQuestion(async () => currentAccount());
    const [one, other] = [by('a', 'one'), by('a', 'other')];
    expect(await Promise.all([ask(one, 1), ask(one, 1), ask(other, 2)])).toEqual([one, one, other]);
    const [shared] = await Promise.all([ask(one, 1), ask(other, 1)]);
    expect(shared).toMatchObject({ organization: 'a', key: '' });
  });

  it('is asked separately if it is too large together', async () => {
    const answers = new Answers({ answerMaxBytes: 1_000, answersMaxBytes: 6_400 });
    const ask = sharedQuestion(async () => {
      const account = currentAccount();
      await sleep(1);
      const refusal = account?.read(900) ?? null;
      if (refusal !== null) throw refusal;
      return account;
    });
    const accounts = [answers.open('a', 'key'), answers.open('a', 'key')] as const;
    expect(await Promise.all(accounts.map((account) => ask(account, {})))).toEqual(accounts);
    expect(answers.memory.held).toBe(1_800);
  });

  it('is never shared by organizations', async () => {
    const { ask, asked } = watchedQuestion();
    await Promise.all([ask(by('a'), {}), ask(by('b'), {})]);
    expect(asked.map(([organization]) => organization)).toEqual(['a', 'b']);
  });

  it('is asked again in a later turn, even while the first is running', async () => {
    const { ask, asked } = watchedQuestion();
    const first = ask(by('a'), {});
    while (asked.length === 0) await turn();
    const second = ask(by('a'), {});
    expect([await first, await second, await ask(by('a'), {})]).toEqual([[1], [2], [3]]);
  });

  it('fails for all requests that share it, and for none after them', async () => {
    let times = 0;
    const ask = sharedQuestion(async () => {
      times += 1;
      if (times === 1) throw new Error('away');
      return times;
    });
    const shared = await Promise.allSettled([ask(by('a'), {}), ask(by('a'), {})]);
    expect(shared.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await ask(by('a'), {})).toBe(2);
  });
});

describe('loaders', () => {
  it('of several requests of an organization share reads, and each caches its own answer', async () => {
    const statements: string[][] = [];
    const loaderOf = rowLoader(
      async (organization, keys) => {
        statements.push([organization, ...keys]);
        return keys
          .filter((key) => key !== 'none')
          .map((id) => ({ id, organization, at: statements.length }));
      },
      ({ id }) => id,
    );
    const [one, two, foreign] = [loaderOf(by('a')), loaderOf(by('a')), loaderOf(by('b'))];
    const rows = await Promise.all([one.load('1'), two.load('1'), two.load('none'), foreign.load('1')]);
    expect(statements).toEqual([
      ['a', '1', 'none'],
      ['b', '1'],
    ]);
    expect(rows.map((row) => row?.organization)).toEqual(['a', 'a', undefined, 'b']);
    expect((await one.load('1'))?.at).toBe(1);
    expect((await loaderOf(by('a')).load('1'))?.at).toBe(3);
  });

  it('of pages share equal pages, and read different ones separately, even of one owner', async () => {
    const statements: unknown[] = [];
    const loaderOf = pageLoader<Page, { owner: string; page: Page }>(
      async (organization, owners, page) => {
        statements.push([organization, owners, page]);
        return owners.map((owner) => ({ owner, page }));
      },
      ({ owner }) => owner,
    );
    const first: Page = { limit: 2, forward: true, after: null, before: null };
    const pages: Page[] = [
      first,
      { ...first, forward: false },
      { ...first, limit: 3 },
      { ...first, after: 'x' },
    ];
    const loader = loaderOf(by('a'));
    const slices = await Promise.all(
      pages.flatMap((page) => ['1', '2'].map((owner) => loader.load({ owner, page: { ...page } }))),
    );
    expect(slices.map(({ rows }) => rows)).toEqual(
      pages.flatMap((page) => ['1', '2'].map((owner) => [{ owner, page }])),
    );
    expect(statements).toEqual(pages.map((page) => ['a', ['1', '2'], page]));
    expect(await loader.load({ owner: '1', page: { ...first } })).toBe(slices[0]);
  });

  it('of lists return a separate empty list for each empty result', async () => {
    const loaderOf = listLoader(
      async () => [] as { id: string }[],
      ({ id }) => id,
    );
    const [one, two] = await Promise.all([loaderOf(by('a')).load('1'), loaderOf(by('a')).load('1')]);
    one.push({ id: 'x' });
    expect(two).toEqual([]);
  });
});
