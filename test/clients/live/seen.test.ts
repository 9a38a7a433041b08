import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Seen, seenBy } from '../../../packages/client/src/live/consistency.js';
import { signedInFetch } from '../../../packages/client/src/live/sign-in.js';

describe('what a session has seen', () => {
  it('is one for a function or a key', () => {
    const token = () => 'sb_1';
    expect(seenBy(token)).toBe(seenBy(token));
    expect(seenBy(token)).not.toBe(seenBy(() => 'sb_1'));
    expect(seenBy('sb_1')).toBe(seenBy('sb_1'));
    expect(seenBy('sb_1')).not.toBe(seenBy('sb_2'));
  });

  it('is named whole by each request, whatever the order of the answers', () => {
    // A token stands for a number here: a gateway answers with one that is no less than those of the request.
    const answers = fc.array(fc.record({ delay: fc.nat(5), more: fc.nat(3) }), { maxLength: 60 });
    fc.assert(
      fc.property(answers, (drawn) => {
        const seen = new Seen();
        let most = 0;
        let now = 0;
        const waiting: { named: readonly string[]; token: number; at: number }[] = [];
        drawn.forEach(({ delay, more }, at) => {
          now += more;
          waiting.push({ named: seen.tokens, token: now, at: at + delay });
          for (const each of waiting.filter((one) => one.at === at)) {
            seen.take(each.named, String(each.token));
            most = Math.max(most, each.token);
            const named = seen.tokens.map((token) => (token === 'now' ? now : Number(token)));
            expect(Math.max(...named)).toBeGreaterThanOrEqual(most);
          }
        });
        expect(seen.tokens.length).toBeLessThanOrEqual(16);
      }),
    );
  });

  it('is now, once there is more than a header has room for', () => {
    const seen = new Seen();
    for (let n = 0; n < 16; n += 1) seen.take([], `t${n}`);
    expect(seen.tokens).toHaveLength(16);
    seen.take([], 't16');
    expect(seen.tokens).toEqual(['now']);
  });
});

describe('signedInFetch', () => {
  it('sends what the answers before have brought, and nothing where none has', async () => {
    const sent: (string | null)[] = [];
    const answers = [undefined, 'one', 'two', undefined];
    const send = async (_: unknown, init?: RequestInit) => {
      sent.push(new Headers(init?.headers).get('consistency-token'));
      const token = answers.shift();
      return new Response('{}', { headers: token === undefined ? {} : { 'consistency-token': token } });
    };
    const ask = signedInFetch(() => 'sb_3', send);
    for (let n = 0; n < 4; n += 1) await ask('http://gateway/graphql');
    expect(sent).toEqual([null, null, 'one', 'two']);
  });
});
