import postgres, { type Sql } from 'postgres';

/** Runs something on one connection to a server, then closes it. */
export async function onServer(url: string, run: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, prepare: false, fetch_types: false, onnotice: () => {} });
  try {
    await run(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** The URL of another database on the same server. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
