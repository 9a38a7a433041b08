import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excerpt } from '../../../src/vendors/request/excerpt.js';

describe('an excerpt', () => {
  it('is one line without control characters, of 300 characters at most', () => {
    expect(excerpt('  a\n\tb\u0000c\u001b[31m\u202ed  ', [], undefined)).toBe('a b c [31m d');
    expect(excerpt('x'.repeat(300), [], undefined)).toBe('x'.repeat(300));
    expect(excerpt('x'.repeat(301), [], undefined)).toBe(`${'x'.repeat(299)}…`);
    expect(excerpt(`${'x'.repeat(298)}😀😀`, [], undefined)).toBe(`${'x'.repeat(298)}…`);
  });

  it.each([
    ['as it is', 'key k/1 "+ é wrong', 'k/1 "+ é'],
    ['in JSON', JSON.stringify({ detail: 'key k/1 "+ é wrong' }), 'k/1 "+ é'],
    ['in a URL', 'https://x/?key=k%2F1%20%22%2B%20%C3%A9', 'k/1 "+ é'],
    ['in a form', 'key=k%2F1+%22%2B+%C3%A9&a=b', 'k/1 "+ é'],
    ['twice', 'abc abc', 'abc'],
    ['at the cut', `${'x'.repeat(295)}abcdefghij`, 'abcdefghij'],
  ])('hides a secret %s', (_name, text, secret) => {
    const shown = excerpt(text, [secret], undefined);
    expect(shown).toContain('***');
    expect(shown).not.toMatch(/k\/1|k%2F1|abc/);
  });

  it('hides a secret that another one contains', () => {
    expect(excerpt('token abcdef', ['abc', 'abcdef', ''], undefined)).toBe('token ***');
  });

  it('shows no secret, wherever it stands', () => {
    const secret = fc.stringMatching(/^[!-~]{8,40}$/);
    fc.assert(
      fc.property(fc.string(), secret, fc.string(), fc.boolean(), (before, key, after, isJson) => {
        const text = `${before}${key}${after}`;
        const shown = excerpt(isJson ? JSON.stringify({ text }) : text, [key], undefined);
        expect(shown).not.toContain(key);
      }),
    );
  });

  const SENT = { metadata: { card: 4_111, note: 'the customer is angry', tags: ['gold'] } };

  it.each([
    ['whole', { detail: 'no', body: SENT }],
    ['in part', { detail: 'no', got: { tags: ['gold'], note: 'the customer is angry', card: 4_111 } }],
    ['and nothing else', SENT],
    ['as the input', { detail: [{ loc: ['body'], msg: 'no', input: 4_111 }] }],
    ['in a sentence', { detail: 'no: "the customer is angry" is too long' }],
  ])('shows nothing of what was sent: %s', (_name, answer) => {
    const shown = excerpt(JSON.stringify(answer), [], SENT);
    expect(shown).toMatch(/no|^$/);
    expect(shown).not.toMatch(/4111|angry|gold/);
  });

  it("keeps the vendor's own words", () => {
    const text = '{"detail":"status must be one of MISSED, VOICEMAIL; command hangup is unknown"}';
    const sent = { status: 'MISSED', callFlow: [{ command: 'hangup' }] };
    expect(excerpt(text, ['secret-key'], sent)).toBe(text);
    expect(excerpt('{"detail": []}', [], {})).toBe('{"detail":[]}');
  });

  it('does not mind a long or deep answer', () => {
    const deep = '['.repeat(500_000);
    expect(excerpt(deep, ['key'], SENT)).toHaveLength(300);
    expect(excerpt(`${'['.repeat(8_000)}${']'.repeat(8_000)}`, ['key'], SENT)).toBe('');
  });
});
