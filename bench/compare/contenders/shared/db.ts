import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { DATABASE_URL, POOL_SIZE } from './settings.js';

const client = postgres(DATABASE_URL, { max: POOL_SIZE, onnotice: () => {} });

export const db = drizzle(client, { casing: 'snake_case' });
export type Transaction = Parameters<Parameters<typeof db.transaction>[0]>[0];
