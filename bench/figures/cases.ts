import { instantAt } from '../scale/dataset.js';
import type { Operation } from '../support/client.js';

export interface FigureCase {
  name: string;
  /** Milliseconds that were promised. */
  limit: number;
  operation: Operation;
}

const DAY_LIMIT = 100;
const WHOLE_LIMIT = 3_000;
const DIMENSIONS: [name: string, by: object[]][] = [
  ['in all', []],
  ['by status', [{ field: 'STATUS' }]],
  ['by day', [{ occurredAt: 'DAY' }]],
  ['by day and status', [{ occurredAt: 'DAY' }, { field: 'STATUS' }]],
  ['by staff', [{ field: 'STAFF' }]],
  ['by assistant', [{ field: 'ASSISTANT' }]],
  ['by tag', [{ field: 'TAG' }]],
  ['by system', [{ field: 'SYSTEM' }]],
  ['by a metadata path', [{ metadata: ['ticket', 'queue'] }]],
];

/** The same figures of a day in the middle, and of all calls. */
export function figureCases(days: number): FigureCase[] {
  const day = { from: instantAt(0.5), to: instantAt(0.5 + 1 / days) };
  const ranges: [string, number, object | null][] = [
    ['a day', DAY_LIMIT, { occurredAt: day }],
    ['all', WHOLE_LIMIT, null],
  ];
  return ranges.flatMap(([name, limit, filter]) => [
    ...DIMENSIONS.map(([title, by]) => ({
      name: `${name}, ${title}`,
      limit,
      operation: {
        query: `query ($filter: CallFilter, $by: [CallDimensionInput!]) {
          callStatistics(filter: $filter, by: $by, timeZone: "Europe/Lisbon") {
            keys calls answered duration { sum average median p95 } costs { currency total }
          }
        }`,
        variables: { filter, by },
      },
    })),
    ...['ASSISTANT', 'TAG'].map((field) => ({
      name: `${name}, facet ${field}`,
      limit,
      operation: {
        query: `query ($filter: CallFilter, $field: CallDimension!) {
          callFacet(field: $field, filter: $filter) { value label calls }
        }`,
        variables: { filter, field },
      },
    })),
  ]);
}
