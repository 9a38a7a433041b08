import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { databaseErrorCode, isDatabaseAway, isSignInRefused } from './unavailable.js';

// Any number that nothing else locks; 0x5b is "[", the rest spells "swbd".
const CLAIM = 0x5b73_7762;

const RECLAIM_AFTER_MS = 250;

/** One process' claim on the embedded server: a connection that holds a shared advisory lock as long as it lives. */
export interface Claim {
  /** Makes a database if there is none of that name. Answers whether this call made it. */
  ensureDatabase(name: string): Promise<boolean>;
  /**
   * Gives the claim up. Answers true to the last process that had one: it then holds the lock alone, so that nobody
   * joins a server that is about to stop, until `end`.
   */
  release(): Promise<boolean>;
  end(): Promise<void>;
}

/**
 * Claims a server, so that no other process stops it.
 * The answer is nothing while it is starting, stopping, or being stopped by its last user: look again.
 *
 * @param revive starts the server where it does not run any more; is called as long as the claim is lost
 */
export async function claimServer(url: string, revive: () => Promise<void>): Promise<Claim | undefined> {
  let claimed = false;
  const sql = postgres(url, {
    max: 1,
    // Another connection would not hold the lock.
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
  // The server came back after one of its processes crashed: without the lock, the next CLI would stop it under us.
  // Or all of it was killed, and somebody has to start it.
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
        // 42P04 duplicate_database, 23505 the same while the other one is still at it.
        if (['42P04', '23505'].includes(databaseErrorCode(error) ?? '')) return false;
        throw error;
      }
    },
    async release() {
      claimed = false;
      // What is being started just now is ours to stop.
      await reclaiming;
      try {
        await sql`select pg_advisory_unlock_shared(${CLAIM})`;
        const [row] = await sql`select pg_try_advisory_lock(${CLAIM}) as alone`;
        return row?.alone === true;
      } catch {
        // The server is gone already.
        return false;
      }
    },
    end: () => sql.end({ timeout: 0 }),
  };
}
