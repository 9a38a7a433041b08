import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { resumptionOf } from '../../../packages/client/src/live/resumption.js';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';

/** Documents as people write them; `cursor` is the change's cursor in their answers. */
const COMPLETED: [name: string, query: string, variables?: Record<string, unknown>, begin?: string][] = [
  ['without cursor and after', 'subscription { callsChanged { kind } }'],
  ['without after', 'subscription { callsChanged { cursor kind } }'],
  [
    'without cursor',
    'subscription ($from: String) { callsChanged(after: $from) { kind } }',
    { from: 'x' },
    'x',
  ],
  ['with after in the document', 'subscription { callUpdates(after: "x") { cursor } }', {}, 'x'],
  ['with after as null', 'subscription { callUpdates(after: null) { cursor } }'],
  [
    'that uses the variable twice',
    'subscription ($after: String) { callChanged(call: { id: "a" }, after: $after) { cursor call { history(after: $after) { totalCount } } } }',
    { after: 'x' },
    'x',
  ],
  [
    'with its field in a fragment',
    'subscription { ...S } fragment S on Subscription { callsChanged { kind } }',
  ],
  ['with an alias', 'subscription { changed: callsChanged { kind } }'],
  [
    'whose cursor may be left out',
    'subscription ($no: Boolean!) { callsChanged { cursor @skip(if: $no) kind } }',
    { no: true },
  ],
  ['among others', 'query Q { changeCursor } subscription S { callsChanged { kind } }'],
];

const AS_IT_IS: [
  name: string,
  query: string,
  variables: Record<string, unknown>,
  begin: string | null,
  key: string,
][] = [
  [
    'with both',
    'subscription ($after: String) { callsChanged(after: $after) { cursor } }',
    { after: 'x' },
    'x',
    'cursor',
  ],
  [
    'with another name',
    'subscription ($a: String) { callUpdates(after: $a) { at: cursor } }',
    {},
    null,
    'at',
  ],
  [
    'with a default',
    'subscription ($a: String = "y") { callUpdates(after: $a) { cursor } }',
    {},
    'y',
    'cursor',
  ],
  [
    'with null for a default',
    'subscription ($a: String = "y") { callUpdates(after: $a) { cursor } }',
    { a: null },
    null,
    'cursor',
  ],
  [
    'with its cursor in a fragment',
    'subscription ($after: String) { callUpdates(after: $after) { ...U } } fragment U on CallUpdate { cursor }',
    { after: 'x' },
    'x',
    'cursor',
  ],
];

const operationName = (query: string) => (query.startsWith('query Q') ? 'S' : null);

describe('a document', () => {
  it.each(COMPLETED)(
    '%s gets what it lacks, and the answer shows nothing of that',
    (_, query, variables = {}, begin) => {
      expect(validate(publicSchema(), parse(query))).toEqual([]);
      const resumption = resumptionOf({ query, variables, operationName: operationName(query) });
      expect(resumption.isResumable).toBe(true);
      expect(resumption.begin).toBe(begin ?? null);
      expect(validate(publicSchema(), parse(resumption.query))).toEqual([]);
      expect(resumption.variablesAfter('c')).toMatchObject({
        ...variables,
        ...(begin && query.includes('$from') ? { from: 'c' } : {}),
      });
      expect(Object.values(resumption.variablesAfter('c') ?? {})).toContain('c');
      expect(resumption.variablesAfter(null)).toEqual(variables);
      const root = query.includes('changed:')
        ? 'changed'
        : (/call\w+(?= |\()/.exec(query.replace(/^.*changeCursor/, '')) ?? [''])[0];
      const asked = resumption.query.includes('switchboardCursor: cursor');
      expect(asked).toBe(
        !/cursor(?! @)\b/.test(query.replaceAll('changeCursor', '')) || query.includes('@skip'),
      );
      const shown = { [root]: { kind: 'UPDATED' } };
      const answer = { data: { [root]: { kind: 'UPDATED', [asked ? 'switchboardCursor' : 'cursor']: 'c' } } };
      expect(resumption.cursorIn(answer)).toBe('c');
      expect(resumption.shown(answer)).toEqual(asked ? { data: shown } : answer);
    },
  );

  it.each(AS_IT_IS)('%s is sent as it is', (_, query, variables, begin, key) => {
    const resumption = resumptionOf({ query, variables });
    expect(validate(publicSchema(), parse(query))).toEqual([]);
    expect(resumption).toMatchObject({ query, isResumable: true, begin });
    expect(Object.values(resumption.variablesAfter('c') ?? {})).toEqual(['c']);
    const root = /call\w+/.exec(query)?.[0] ?? '';
    expect(resumption.cursorIn({ data: { [root]: { [key]: 'c' } } })).toBe('c');
  });

  it.each([
    'subscription { callEventsChanged { id } }',
    'subscription { deliveriesChanged { id } }',
    'subscription { callImportChanged(id: "i") { id } }',
    '{ changeCursor }',
    'not a document',
  ])('%s is sent as it is and has no cursor', (query) => {
    const resumption = resumptionOf({ query, variables: { a: 1 } });
    expect(resumption).toMatchObject({ query, isResumable: false, begin: null });
    expect(resumption.variablesAfter(null)).toEqual({ a: 1 });
    expect(resumption.cursorIn({ data: { callEventsChanged: { cursor: 'x' } } })).toBeNull();
  });

  it('that has failed has no cursor', () => {
    const { cursorIn, shown } = resumptionOf({ query: 'subscription { callsChanged { kind } }' });
    for (const answer of [{ data: null }, {}, { data: { callsChanged: null } }]) {
      expect(cursorIn(answer)).toBeNull();
      expect(shown(answer)).toBe(answer);
    }
  });
});
