/** Through a pooler that gives each transaction another session, as PgBouncer does in transaction mode. */
export const isPooled = (url: string): boolean => /[?&]prepare=false(?:&|$)/.test(url);
