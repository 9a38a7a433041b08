import type { Sql } from 'postgres';
import { isPooled } from '../../foundation/postgres-url.js';
import { type ServerOptions, serverOf } from '../connection/driver.js';

/** Rows must read alike on both servers. */
const SESSION = `
  set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set lock_timeout = '1s';
  set timezone = 'UTC'; set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'; set extra_float_digits = 1;
  set bytea_output = 'hex'`;

/** A session of its own for the work on one organization, whose id is its setting `switchboard.moved`. */
export async function moverConnection(
  url: string,
  organizationId: string,
  options: ServerOptions,
): Promise<Sql> {
  if (isPooled(url)) {
    throw new Error(
      'an organization cannot be moved through a pooler: set URLs that bypass it (without `prepare`)',
    );
  }
  const server = serverOf(url, options);
  const { sql } = server.connect({ applicationName: 'switchboard moves', onClose: () => {} });
  await sql.unsafe(SESSION);
  if (server.schema !== null) await sql`select set_config('search_path', ${server.schema}, false)`;
  await sql`select set_config('switchboard.moved', ${organizationId}, false)`;
  return sql;
}
