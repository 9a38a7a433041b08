import { describe, expect, it } from 'vitest';
import { text } from '../../src/graphql/text.js';

describe('text', () => {
  it('loses the indentation that all lines share, and no other', () => {
    expect(text`
      First line,
      second line.

        indented \`code\`
    `).toBe('First line,\nsecond line.\n\n  indented `code`');
  });

  it('leaves a single line alone', () => {
    expect(text`One line.`).toBe('One line.');
  });
});
