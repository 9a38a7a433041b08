import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parsePage, toConnection } from '../../src/graphql/connection.js';
import {
  decodeCursor,
  encodeCursor,
  encodeValuePosition,
  listKind,
  numberPosition,
  uuidPosition,
  valuePosition,
} from '../../src/graphql/cursor.js';

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';
const position = uuidPosition('calls');
const cursor = encodeCursor('calls', UUID);

describe('a page', () => {
  it('has the first 50 by default', () => {
    const page = { limit: 50, forward: true, after: null, before: null };
    expect(parsePage({}, position)).toEqual(page);
    expect(parsePage({ first: null, last: null, after: null, before: null }, position)).toEqual(page);
  });

  it('is counted from the end by last', () => {
    expect(parsePage({ last: 200, before: cursor }, position)).toEqual({
      limit: 200,
      forward: false,
      after: null,
      before: UUID,
    });
  });

  it('begins after a cursor', () => {
    expect(parsePage({ first: 1, after: cursor }, position)).toMatchObject({ limit: 1, after: UUID });
  });

  it.each([
    [{ first: -1 }, 'first'],
    [{ first: 201 }, 'first'],
    [{ last: -1 }, 'last'],
    [{ last: 201 }, 'last'],
    [{ first: 1, last: 1 }, 'first and last'],
    [{ after: '' }, 'after'],
    [{ after: 'nonsense' }, 'after'],
    [{ before: encodeCursor('calls', 'no uuid') }, 'before'],
    [{ before: encodeCursor('change', UUID) }, 'before'],
    [{ after: `${cursor}=` }, 'after'],
    [{ after: 'a'.repeat(100_000) }, 'after'],
  ])('is refused as BAD_USER_INPUT for %j', (args, argument) => {
    expect(() => parsePage(args, position)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(new RegExp(`^${argument} `)),
        extensions: { code: 'BAD_USER_INPUT' },
      }),
    );
  });
});

describe('a cursor', () => {
  it('decodes to the position that it was made from', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100, unit: 'grapheme' }), (text) => {
        expect(decodeCursor('kind', encodeCursor('kind', text), 'after')).toBe(text);
      }),
    );
  });

  it('is refused by any other list', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => decodeCursor('kind', text, 'after')).toThrow('after is not a cursor of this list');
      }),
    );
    const flows = encodeCursor(`flows:${UUID}`, '1');
    expect(numberPosition(`flows:${UUID}`)(flows, 'after')).toBe(1);
    expect(() => numberPosition('flows:another')(flows, 'after')).toThrow();
  });

  it.each(['0', '-1', '1.5', '01', '9999999999', '1|2', ''])('does not contain the number %j', (text) => {
    expect(() => numberPosition('flows')(encodeCursor('flows', text), 'before')).toThrow('before');
  });
});

describe('the kind of a list', () => {
  it('is its name without a filter or order, and different for each of them', () => {
    expect(listKind('calls', {})).toBe('calls');
    expect(listKind('calls', { status: undefined })).toBe('calls');
    const deciding = [
      { status: ['BUSY'] },
      { status: [] },
      { status: ['BUSY', 'FAILED'] },
      { from: 'BUSY' },
      { metadata: { contains: {} } },
      { metadata: { contains: { a: null } } },
      { metadata: { contains: { a: 'null' } } },
      { createdAt: { from: new Date(0) } },
      { createdAt: { to: new Date(0) } },
      { order: { field: 'DURATION', direction: 'ASC' } },
      { order: { field: 'DURATION', direction: 'DESC' } },
    ];
    const kinds = deciding.map((each) => listKind('calls', each));
    expect(new Set(kinds).size).toBe(deciding.length);
    for (const kind of kinds) expect(kind).toMatch(/^calls:[\w-]{12}$/);
  });

  it('does not depend on the order in which members are written', () => {
    const one = { a: { b: 1, c: [{ d: 1, e: 2 }] }, f: 'x' };
    const other = { f: 'x', a: { c: [{ e: 2, d: 1 }], b: 1 } };
    expect(listKind('calls', one)).toBe(listKind('calls', other));
  });
});

describe('a position in a list that is ordered by a value', () => {
  const read = valuePosition('kind', (value) => value === null || /^\d$/.test(value));

  it.each([
    { value: '5', id: UUID },
    { value: null, id: UUID },
  ])('comes back: %j', (position) => {
    expect(read(encodeValuePosition('kind', position), 'after')).toEqual(position);
  });

  it.each([UUID, `5|${UUID}|`, '5|', '|', `x|${UUID}`, `5|${UUID}x`, `|5|${UUID}`, ` |${UUID}`])(
    'is not %j',
    (text) => {
      expect(() => read(encodeCursor('kind', text), 'after')).toThrow('after is not a cursor of this list');
    },
  );
});

describe('a connection', () => {
  const slice = { rows: [{ id: 'a' }, { id: 'b' }], hasNextPage: true, hasPreviousPage: false };
  const cursorOf = ({ id }: { id: string }) => `at ${id}`;

  it('shows the rows with and without their cursors', async () => {
    const connection = toConnection(
      async () => slice,
      cursorOf,
      async () => ({ count: 7, isEstimate: true }),
    );
    expect(await connection.edges()).toEqual([
      { cursor: 'at a', node: { id: 'a' } },
      { cursor: 'at b', node: { id: 'b' } },
    ]);
    expect(await connection.nodes()).toBe(slice.rows);
    expect(await connection.pageInfo()).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: 'at a',
      endCursor: 'at b',
    });
    expect(await connection.totalCount()).toBe(7);
    expect(await connection.totalCountIsEstimate()).toBe(true);
  });

  it('has no cursors when it is empty', async () => {
    const { pageInfo } = toConnection(
      async () => ({ ...slice, rows: [] }),
      String,
      async () => ({ count: 0, isEstimate: false }),
    );
    expect(await pageInfo()).toMatchObject({ startCursor: null, endCursor: null });
  });

  it('reads and counts only what is requested, and once', async () => {
    const read = vi.fn(async () => slice);
    const count = vi.fn(async () => ({ count: 7, isEstimate: false }));
    const connection = toConnection(read, cursorOf, count);
    await Promise.all([connection.totalCount(), connection.totalCount(), connection.totalCountIsEstimate()]);
    expect([read.mock.calls.length, count.mock.calls.length]).toEqual([0, 1]);
    await Promise.all([connection.nodes(), connection.edges(), connection.pageInfo()]);
    expect([read.mock.calls.length, count.mock.calls.length]).toEqual([1, 1]);
  });
});
