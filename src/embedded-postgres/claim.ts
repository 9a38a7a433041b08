import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { databaseErrorCode, isDatabaseAway, isSignInRefused } from '../foundation/unavailable.js';

const CLAIM = 0x5b73_7762;

const RECLAIM_AFTER_MS = 250;

export interface Claim {
  ensureDatabase(name: string): Promise<boolean>;
  /** True to the last process, which then holds the lock until `end`: no process may join a server about to stop. */
  release(): Promise<boolean>;
  end(): Promise<void>;
}

/**
 * Undefined while the server starts or stops: try again.
 * @param revive starts the server if it does not run; called while the claim is lost
 */
export async function claimServer(url: string, revive: () => Promise<void>): Promise<Claim | undefined> {
  let claimed = false;
  const sql = postgres(url, {
    max: 1,
    // A new connection would not hold the lock.
    max_lifetime: null,
    idle_timeout: undefined,
    prepare: false,
    fetch_types: false,
    connection: { application_name: 'switchboard claim' },
    onnotice: () => {},
    onclose: () => {
      if (claimed) reclaiming ??= reclaim();
    },
  });
  const take = async () => {
    const [row] = await sql`select pg_try_advisory_lock_shared(${CLAIM}) as taken`;
    return row?.taken === true;
  };
  // Without the lock, the next command-line call would stop a recovered server under us.
  let reclaiming: Promise<void> | undefined;
  const reclaim = async () => {
    let taken = false;
    while (claimed && !taken) {
      await sleep(RECLAIM_AFTER_MS);
      if (claimed) await revive().catch(() => {});
      taken = claimed && (await take().catch(() => false));
    }
    reclaiming = undefined;
  };
  try {
    claimed = await take();
    if (!claimed) await sql.end({ timeout: 0 });
  } catch (error) {
    await sql.end({ timeout: 0 });
    if (!isDatabaseAway(error) || isSignInRefused(error)) throw error;
  }
  if (!claimed) return undefined;
  return {
    async ensureDatabase(name) {
      const present = await sql`select from pg_database where datname = ${name}`;
      if (present.length > 0) return false;
      try {
        await sql`create database ${sql(name)}`;
        return true;
      } catch (error) {
        // 42P04 duplicate_database; 23505 while another process is still creating it.
        if (['42P04', '23505'].includes(databaseErrorCode(error) ?? '')) return false;
        throw error;
      }
    },
    async release() {
      claimed = false;
      await reclaiming;
      try {
        await sql`select pg_advisory_unlock_shared(${CLAIM})`;
        const [row] = await sql`select pg_try_advisory_lock(${CLAIM}) as alone`;
        return row?.alone === true;
      } catch {
        return false;
      }
    },
    end: () => sql.end({ timeout: 0 }),
  };
}
