import { describe, expect, it } from 'vitest';
import { type AskPage, CallExport } from '../../src/export/call-export.js';
import { publicSchema } from '../../src/graphql-server/schema/schema.js';

const MEGABYTE = 1_000_000;

/** Exports calls whose transcripts, or whose reason, have these lengths; answers how many calls each page asked for. */
async function exportedSizes(lengths: number[], columns: string) {
  const asked: number[] = [];
  const held: number[] = [];
  let open = 0;
  const ask: AskPage = async (_query, { first, after }) => {
    const begin = after === null ? 0 : Number(after);
    const page = lengths.slice(begin, begin + Number(first));
    const nodes = page.map((length) => ({ reason: 'r'.repeat(length), transcripts: ['t'.repeat(length)] }));
    asked.push(Number(first));
    open += 1;
    held.push(page.reduce((sum, length) => sum + length, 0));
    const end = begin + page.length;
    return {
      data: { calls: { nodes, pageInfo: { hasNextPage: end < lengths.length, endCursor: String(end) } } },
      release: () => {
        open -= 1;
      },
    };
  };
  const wanted = new CallExport(publicSchema(), { form: 'ndjson', filter: null, orderBy: null, columns });
  let calls = 0;
  for await (const page of wanted.pages(ask, new AbortController().signal)) {
    calls += page.calls;
    expect(open).toBe(1);
  }
  expect([calls, open]).toEqual([lengths.length, 0]);
  return { asked, largest: Math.max(...held) };
}

describe('the pages of an export', () => {
  it('of transcripts of a megabyte hold one each', async () => {
    const { asked, largest } = await exportedSizes(Array(40).fill(MEGABYTE), 'transcripts');
    expect(new Set(asked)).toEqual(new Set([1]));
    expect(largest).toBe(MEGABYTE);
  });

  it('of transcripts stay small although the calls before had none, and shrink at once', async () => {
    const lengths = [...Array(200).fill(10), ...Array(40).fill(MEGABYTE), ...Array(100).fill(10)];
    const { asked, largest } = await exportedSizes(lengths, 'transcripts');
    expect(asked.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 16]);
    expect(largest).toBeLessThanOrEqual(16 * MEGABYTE);
    expect(asked.filter((first) => first === 1).length).toBeGreaterThan(20);
    expect(asked.at(-1)).toBe(16);
  });

  it('of other columns grow faster and further, and shrink for the longest of a page', async () => {
    const lengths = [...Array(1_000).fill(10), 300_000, ...Array(10).fill(10)];
    const { asked } = await exportedSizes(lengths, 'reason');
    expect(asked.slice(0, 5)).toEqual([20, 40, 80, 160, 200]);
    const { asked: after } = await exportedSizes([300_000, ...Array(100).fill(10)], 'reason');
    expect(after.slice(0, 4)).toEqual([20, 1, 2, 4]);
  });
});
