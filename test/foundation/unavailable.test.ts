import { DrizzleQueryError } from 'drizzle-orm/errors';
import { expect, it } from 'vitest';
import {
  isConnectionLost,
  isDatabaseAway,
  isReadOnly,
  isSignInRefused,
} from '../../src/foundation/unavailable.js';

/** A Postgres error as the driver creates it and Drizzle wraps it. */
const said = (code: string, severity = 'ERROR') => {
  const error = Object.assign(new Error('words of Postgres'), { name: 'PostgresError', code, severity });
  return new DrizzleQueryError('select 1', [], error);
};

it.each([
  ['25006', 'ERROR', 'a read-only server'],
  ['53100', 'ERROR', 'a full disk'],
  ['53300', 'FATAL', 'too many connections'],
  ['57P01', 'FATAL', 'a shutdown'],
  ['57014', 'ERROR', 'a statement that took too long'],
  ['28P01', 'FATAL', 'a wrong password'],
  ['28000', 'FATAL', 'a role that may not sign in'],
  ['3D000', 'FATAL', 'a database that is not there yet'],
  ['08P01', 'ERROR', 'a broken protocol'],
])('%s, %s, is no fault of the request: %s', (code, severity) => {
  expect(isDatabaseAway(said(code, severity))).toBe(true);
  expect(isConnectionLost(said(code, severity))).toBe(severity === 'FATAL');
});

it.each(['23505', '22P02', '42601', '42P01', '28000', 'XX000'])('%s is a fault', (code) => {
  expect(isDatabaseAway(said(code))).toBe(false);
});

it('recognizes a read-only server and a refused sign-in', () => {
  expect([said('25006'), said('28P01')].map(isReadOnly)).toEqual([true, false]);
  expect([said('25006'), said('28P01', 'FATAL'), said('28000', 'FATAL')].map(isSignInRefused)).toEqual([
    false,
    true,
    true,
  ]);
});
