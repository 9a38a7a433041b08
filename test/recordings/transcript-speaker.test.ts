import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { TRANSCRIPT_SPEAKERS } from '../../src/recordings/recording.enums.js';
import { speakerOf } from '../../src/recordings/transcript-speaker.values.js';

const DOCUMENTED = {
  CUSTOMER: ['user', 'client', 'external', 'customer', 'human'],
  AGENT: ['assistant', 'staff', 'internal', 'agent', 'bot'],
  SYSTEM: ['system'],
} as const;
const WORDS = Object.entries(DOCUMENTED).flatMap(([speaker, words]) =>
  words.map((word) => [word, speaker] as const),
);

it.each(WORDS)('%s is %s', (word, speaker) => {
  expect(speakerOf(word)).toBe(speaker);
});

it('a word is the same in any case, with blanks, hyphens and underscores', () => {
  const decorated = fc.constantFrom(...WORDS).chain(([word, speaker]) =>
    fc
      .array(fc.tuple(fc.boolean(), fc.constantFrom('', ' ', '-', '_')), {
        minLength: word.length,
        maxLength: word.length,
      })
      .map((marks) => {
        const letters = [...word].map((letter, index) => {
          const [isUpper = false, mark = ''] = marks[index] ?? [];
          return `${isUpper ? letter.toUpperCase() : letter}${mark}`;
        });
        return { written: letters.join(''), speaker };
      }),
  );
  fc.assert(fc.property(decorated, ({ written, speaker }) => speakerOf(written) === speaker));
});

it('any other word, and none, is UNKNOWN', () => {
  for (const word of [null, undefined, '', 'constructor', '__proto__', 'toString', 'userx']) {
    expect(speakerOf(word)).toBe('UNKNOWN');
  }
  fc.assert(fc.property(fc.string(), (word) => TRANSCRIPT_SPEAKERS.includes(speakerOf(word))));
});
