import { describe, expect, it } from 'vitest';
import { byChange, summaryOf } from '../../../packages/wallboard/src/call/deliveries/by-change.js';
import { changedFields } from '../../../packages/wallboard/src/call/history/changed-fields.js';
import { inTheirTime } from '../../../packages/wallboard/src/call/history/in-their-time.js';
import { shownValue } from '../../../packages/wallboard/src/call/history/shown-value.js';
import { lineAt } from '../../../packages/wallboard/src/call/recorded/line-at.js';
import { rebased } from '../../../packages/wallboard/src/call/voice-call/three-way.js';

describe('a form whose record has changed', () => {
  const base = { staff: 'a', price: '1', status: 'open' };
  it('takes up what was left alone, and keeps what was changed here', () => {
    const mine = { staff: 'b', price: '2', status: 'open' };
    const theirs = { staff: 'c', price: '2', status: 'closed' };
    expect(rebased({ base, mine }, theirs)).toEqual({
      draft: { base: theirs, mine: { staff: 'b', price: '2', status: 'closed' } },
      meanwhile: {
        staff: { before: 'a', theirs: 'c', isConflict: true },
        price: { before: '1', theirs: '2', isConflict: false },
        status: { before: 'open', theirs: 'closed', isConflict: false },
      },
    });
  });
});

describe('the line that is spoken', () => {
  const lines = [
    { start: 1, end: 2 },
    { start: null, end: null },
    { start: 3, end: null },
    { start: 5, end: 6 },
  ];
  it.each([
    [0, -1],
    [1, 0],
    [2.5, -1],
    [4, 2],
    [5, 3],
    [6, -1],
  ])('at %s s is that of index %s', (at, index) => expect(lineAt(lines, at)).toBe(index));
});

it('events are in their own time, and those that came after a later one are late', () => {
  const event = (id: string, eventTime: number, createdAt: number) => ({
    id,
    eventTime: `2026-01-01T00:00:0${eventTime}Z`,
    createdAt: `2026-01-01T00:00:0${createdAt}Z`,
  });
  const found = inTheirTime([event('a', 1, 7), event('b', 3, 6), event('c', 2, 5)]);
  expect(found.map(({ event: { id }, isLate }) => [id, isLate])).toEqual([
    ['b', false],
    ['c', false],
    ['a', true],
  ]);
});

describe('deliveries at each change', () => {
  it('are grouped by the change that they carry', () => {
    const groups = byChange([
      { id: '1', state: 'DELIVERED', change: { id: 'b' } },
      { id: '2', state: 'DEAD', change: { id: 'a' } },
      { id: '3', state: 'DELIVERED', change: { id: 'b' } },
      { id: '4', state: 'PENDING', change: null },
    ]);
    expect(groups.map(({ deliveries }) => deliveries.map(({ id }) => id))).toEqual([
      ['1', '3'],
      ['2'],
      ['4'],
    ]);
  });

  it.each([
    [['DELIVERED', 'DELIVERED_DIFFERENT'], 'Every vendor has it', true],
    [['DELIVERED', 'PENDING'], '1 of 2 have it, 1 wait', true],
    [['DELIVERED', 'DEAD', 'SUPERSEDED'], '1 of 2 have it, 1 did not get it', false],
    [['SUPERSEDED'], 'Carried by a newer change', true],
  ] as const)('%j: %s', (states, text, isGood) => {
    expect(summaryOf(states.map((state) => ({ state })))).toEqual({ text, isGood });
  });
});

it('a change is shown field by field, also within objects', () => {
  const before = { status: 'RINGING', voiceCall: null, cost: { total: '1', llm: null }, tags: ['a'] };
  const after = { status: 'COMPLETED', voiceCall: { price: '2' }, cost: { total: '2', llm: null }, tags: [] };
  expect(changedFields(before, after)).toEqual([
    { name: 'status', before: 'RINGING', after: 'COMPLETED' },
    { name: 'voiceCall.price', before: undefined, after: '2' },
    { name: 'cost.total', before: '1', after: '2' },
    { name: 'tags', before: ['a'], after: [] },
  ]);
});

it('a value of a change is shown for people', () => {
  expect(shownValue([{ name: 'id', value: '7', system: null }, 'a'])).toBe('name: id, value: 7\na');
  expect([null, undefined, '', []].map(shownValue)).toEqual(['–', '–', '–', '–']);
});
