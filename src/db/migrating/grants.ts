import { type ServerOptions, serverOf } from '../connection/driver.js';

/**
 * The SQL that lets a role serve requests and run commands: it reads and writes rows, and makes nothing. What later
 * migrations of the same migrating role make is included.
 */
export async function grantsFor(url: string, role: string, options: ServerOptions = {}): Promise<string> {
  const client = serverOf(url, options).connect({
    applicationName: 'switchboard migrates',
    onClose: () => {},
  });
  try {
    if (options.schema !== undefined)
      await client.sql`select set_config('search_path', ${options.schema}, false)`;
    const rows = await client.sql`
      with ours as (
        select c.oid, c.relkind, c.relname, quote_ident(n.nspname) as schema, quote_ident(r.rolname) as owner,
          quote_ident(${role}::text) as role
        from pg_class calls
        join pg_class c on c.relnamespace = calls.relnamespace and c.relowner = calls.relowner
        join pg_namespace n on n.oid = c.relnamespace
        join pg_roles r on r.oid = c.relowner
        where calls.oid = to_regclass('calls') and c.relkind in ('r', 'p', 'S') and c.relname <> 'switchboard_migrations'
      ), one as (select distinct schema, owner, role from ours)
      select unnest(array[
        format('GRANT USAGE ON SCHEMA %s TO %s;', schema, role),
        format(E'GRANT SELECT, INSERT, UPDATE, DELETE ON\n  %s\nTO %s;', (
          select string_agg(format('%s.%I', schema, relname), E',\n  ' order by relname) from ours where relkind <> 'S'), role),
        format('GRANT USAGE ON SEQUENCE %s TO %s;', (
          select string_agg(format('%s.%I', schema, relname), ', ' order by relname) from ours where relkind = 'S'), role),
        format('ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA %s GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %s;', owner, schema, role),
        format('ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA %s GRANT USAGE ON SEQUENCES TO %s;', owner, schema, role)
      ]) as line
      from one`;
    return rows.map(({ line }) => `${line}\n`).join('');
  } finally {
    await client.sql.end({ timeout: 5 });
    client.destroy();
  }
}
