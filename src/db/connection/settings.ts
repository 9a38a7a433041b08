import type { Server } from './driver.js';
import { serverTimeout } from './server-timeout.js';

const SETTINGS = {
  jit: 'off',
  idle_in_transaction_session_timeout: "'15s'",
  timezone: "'UTC'",
  datestyle: "'ISO, MDY'",
};

const assigned = (scope: '' | 'local', statementTimeout: number) =>
  Object.entries({ ...SETTINGS, statement_timeout: Math.max(1, Math.round(statementTimeout)) })
    .map(([name, value]) => `set ${scope} ${name} = ${value}`)
    .join('; ');

/**
 * A pooler refuses start-up parameters, and the serving role may differ from the migrating one.
 * @param timeout milliseconds
 */
export const sessionSettings = (timeout: number, { isReadOnly = false } = {}): string =>
  assigned('', serverTimeout(timeout)) + (isReadOnly ? '; set default_transaction_read_only = on' : '');

/** In a session that has its settings. */
export const beginWithin = (statementTimeout: number): string =>
  `begin; set local statement_timeout = ${Math.max(1, Math.round(statementTimeout))}`;

export const beginWithSettings = (statementTimeout: number, { schema }: Server): string =>
  `begin; ${assigned('local', statementTimeout)}${schema === null ? '' : `; set local search_path = ${schema}`}`;

/** Of a session of our own; empty where there is none, or nothing to set. */
export const schemaSetting = ({ schema, isPooled }: Server): string =>
  schema === null || isPooled ? '' : `set search_path = ${schema}`;

/** Several statements in one text are one transaction, through a pooler too. */
export const inSchema = ({ schema, isPooled }: Server, text: string): string =>
  schema === null || !isPooled ? text : `set local search_path = ${schema}; ${text}`;
