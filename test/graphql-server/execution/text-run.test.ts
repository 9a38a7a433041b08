import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Piece, Run } from '../../../src/graphql-server/execution/text-run.js';

/** Text that is written at once, or parts that come later. */
type Part = string | Part[];

const { part } = fc.letrec<{ part: Part }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string(),
    fc.array(tie('part'), { maxLength: 4 }),
  ),
}));

const textOf = (parts: Part): string => (typeof parts === 'string' ? parts : parts.map(textOf).join(''));

function write(piece: Piece, value: unknown): void {
  for (const each of value as Part[]) {
    if (typeof each === 'string') piece.text += each;
    else piece.await(Promise.resolve(each), write);
  }
}

it('a piece is as long as its text at any time, and holds all that was awaited in the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
      const run = new Run({}, {});
      const piece = new Piece(run);
      write(piece, parts);
      expect(piece.length).toBe(`${piece}`.length);
      await run.over();
      expect(piece.length).toBe(`${piece}`.length);
      expect(`${piece}`).toBe(textOf(parts));
    }),
  );
});
