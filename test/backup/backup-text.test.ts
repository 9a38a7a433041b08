import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BackupHead,
  BackupReader,
  BrokenBackup,
  lineOf,
  ROWS_END,
  rowsIn,
} from '../../src/backup/backup-text.js';

const HEAD: BackupHead = {
  switchboard: 'backup',
  format: 1,
  version: '0.1.0',
  migration: 7,
  takenAt: '2026-01-02T03:04:05.006Z',
  rows: null,
};

type Tables = Record<string, string[]>;

/** Lines as COPY writes them: no line break in them, and a single backslash before a dot only where both were in a value. */
const lines = fc.array(
  fc
    .string({ unit: fc.constantFrom('a', 'é', '\t', '.', '\\\\', '\\n', '{', '"') })
    .map((text) => (text === '\\.' ? 'a' : text)),
);
const tables = fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), lines, { maxKeys: 4 });

function textOf(given: Tables): Buffer {
  const parts = [lineOf(HEAD)];
  for (const [table, rows] of Object.entries(given)) {
    parts.push(
      lineOf({ table, columns: ['a', 'b'] }),
      Buffer.from(rows.map((row) => `${row}\n`).join('')),
      ROWS_END,
    );
  }
  const rows = Object.fromEntries(Object.entries(given).map(([name, { length }]) => [name, length]));
  return Buffer.concat([...parts, lineOf({ end: true, rows, sequences: { s: '1' } })]);
}

async function* cut(text: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, turn = 0; at < text.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? text.length;
    yield text.subarray(at, at + size);
    at += size;
  }
}

async function read(chunks: AsyncIterable<Buffer>) {
  const reader = new BackupReader(chunks);
  const head = await reader.head();
  const found: Tables = {};
  for await (const { table, rows } of reader.tables()) {
    let text = '';
    let count = 0;
    for await (const part of rows) {
      expect(part.at(-1)).toBe('\n'.charCodeAt(0));
      count += rowsIn(part);
      text += part.toString();
    }
    found[table] = text.split('\n').slice(0, -1);
    expect(found[table]).toHaveLength(count);
  }
  return { head, found, end: reader.end };
}

describe('the text of a backup', () => {
  it('is read as it was written, in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        tables,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        async (given, sizes) => {
          const { head, found, end } = await read(cut(textOf(given), sizes));
          expect(head).toEqual(HEAD);
          expect(found).toEqual({ ...given });
          expect(Object.values(end.rows)).toEqual(Object.values(given).map(({ length }) => length));
        },
      ),
    );
  });

  it('is refused wherever it ends before its end', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.double({ min: 0, max: 1, noNaN: true }), async (given, share) => {
        const text = textOf(given);
        const part = text.subarray(0, Math.floor(share * (text.length - 1)));
        await expect(read(cut(part, [16]))).rejects.toThrow(BrokenBackup);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['other text', 'PGDMP\n'],
    ['other JSON', '{"a":1}\n'],
    ['a list', '[]\n'],
    ['null', 'null\n'],
  ])('is not %s', async (_, text) => {
    await expect(read(cut(Buffer.from(text), [8]))).rejects.toThrow(BrokenBackup);
  });

  it('of a newer form names the version that it needs', async () => {
    const text = JSON.stringify({ ...HEAD, format: 2, version: '3.0.0' });
    await expect(read(cut(Buffer.from(`${text}\n`), [8]))).rejects.toThrow(/newer version, 3\.0\.0/);
  });
});
