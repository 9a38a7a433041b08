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

export const beginWithSettings = (statementTimeout: number): string =>
  `begin; ${assigned('local', statementTimeout)}`;

/** In a session that has its settings. */
export const beginWithin = (statementTimeout: number): string =>
  `begin; set local statement_timeout = ${Math.max(1, Math.round(statementTimeout))}`;
