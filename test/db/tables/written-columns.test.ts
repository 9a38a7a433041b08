import { expect, it } from 'vitest';
import type { RequestedFields } from '../../../src/db/loading/loader-set.js';
import { writtenColumns } from '../../../src/db/tables/call-columns.js';
import { numbers } from '../../support/numbers.js';

const OPTIONAL = ['from', 'to', 'direction', 'status', 'type', 'reason', 'tags', 'metadata'] as const;
const ALWAYS = ['id', 'parentId', 'joinedInto', 'revision', 'flowRevision'];
const MOST = 50;

/** The fields that the bits of a number stand for, as an operation of its own asks for them. */
const fieldsOf = (bits: number) => OPTIONAL.filter((_, index) => (bits >> index) % 2 === 1);

function requested(others: readonly string[]): NonNullable<RequestedFields> {
  const shape = { name: others.join(), runs: [], others };
  return Object.assign(new Set(['call', ...others]), { shapes: new Map([['Call', shape]]) });
}

const columnsOf = (bits: number) => writtenColumns(requested(fieldsOf(bits)));

it('a payload is read in the columns that it shows, whatever others came before', () => {
  for (const bits of numbers(4 * MOST)) {
    expect(Object.keys(columnsOf(bits).columns).toSorted()).toEqual(
      [...ALWAYS, ...fieldsOf(bits)].toSorted(),
    );
  }
});

it('columns that are used are kept, and those of another name made in place of what was not used for longest', () => {
  const operation = requested(fieldsOf(1));
  const used = writtenColumns(operation);
  const unused = columnsOf(2);
  const names = new Set([used.name, unused.name]);
  for (const bits of numbers(2 * MOST)) {
    names.add(columnsOf(bits + 2).name);
    expect(writtenColumns(operation)).toBe(used);
  }
  expect(columnsOf(1)).toBe(used);
  expect(columnsOf(2)).not.toBe(unused);
  expect(names).not.toContain(columnsOf(2).name);
});
