import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { parsePage, toConnection } from '../../src/graphql/connection.js';
import {
  decodeCursor,
  encodeCursor,
  logCursor,
  logPosition,
  numberPosition,
  uuidPosition,
} from '../../src/graphql/cursor.js';

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';
const position = uuidPosition('calls');
const cursor = encodeCursor('calls', UUID);

describe('a page', () => {
  it('has the first 50 unless it is told otherwise', () => {
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
    [{ first: 0 }, 'first'],
    [{ first: -1 }, 'first'],
    [{ first: 201 }, 'first'],
    [{ last: 0 }, 'last'],
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
  it('comes back as the position that it was made of', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100, unit: 'grapheme' }), (text) => {
        expect(decodeCursor('kind', encodeCursor('kind', text), 'after')).toBe(text);
      }),
    );
  });

  it('is refused by any other list', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => decodeCursor('kind', text, 'after')).toThrow('after is no cursor of this list');
      }),
    );
    const flows = encodeCursor(`flows:${UUID}`, '1');
    expect(numberPosition(`flows:${UUID}`)(flows, 'after')).toBe(1);
    expect(() => numberPosition('flows:another')(flows, 'after')).toThrow();
  });

  it.each(['0', '-1', '1.5', '01', '9999999999', '1|2', ''])('holds no number %j', (text) => {
    expect(() => numberPosition('flows')(encodeCursor('flows', text), 'before')).toThrow('before');
  });

  it('of the log holds two bigints', () => {
    const place = { label: '9223372036854775807', seq: '1' };
    expect(logPosition(logCursor(place), 'after')).toEqual(place);
  });

  it.each(['1', '1.', '.1', '1.2.3', '-1.2', '1.x', '9223372036854775808.1', '1.9223372036854775808'])(
    'of the log does not hold %j',
    (text) => {
      expect(() => logPosition(encodeCursor('change', text), 'after')).toThrow('after');
    },
  );
});

describe('a connection', () => {
  const slice = { rows: [{ id: 'a' }, { id: 'b' }], hasNextPage: true, hasPreviousPage: false };

  it('shows the rows with and without their cursors', () => {
    const connection = toConnection(
      slice,
      ({ id }) => `at ${id}`,
      async () => 7,
    );
    expect(connection).toMatchObject({
      edges: [
        { cursor: 'at a', node: { id: 'a' } },
        { cursor: 'at b', node: { id: 'b' } },
      ],
      nodes: slice.rows,
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'at a', endCursor: 'at b' },
    });
  });

  it('has no cursors when it is empty', () => {
    const { pageInfo } = toConnection({ ...slice, rows: [] }, String, async () => 0);
    expect(pageInfo).toMatchObject({ startCursor: null, endCursor: null });
  });

  it('counts only when asked', async () => {
    const count = vi.fn(async () => 7);
    const connection = toConnection(slice, ({ id }) => id, count);
    expect(count).not.toHaveBeenCalled();
    await expect(connection.totalCount()).resolves.toBe(7);
  });
});
