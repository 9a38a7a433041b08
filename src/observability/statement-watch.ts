import type { Logger } from 'pino';
import { type StatementWatch, summaryOf } from '../db/connection/statement-watch.js';
import { databaseErrorCode } from '../foundation/unavailable.js';

/** Null if no statement is too slow. The line has no parameter. */
export function slowStatements(log: Logger, milliseconds: number): StatementWatch | null {
  if (milliseconds === 0) return null;
  return (statement) => {
    const began = performance.now();
    return (error) => {
      const duration = performance.now() - began;
      if (duration < milliseconds) return;
      const { account, waited } = statement;
      const code = databaseErrorCode(error);
      log.warn(
        {
          statement: summaryOf(statement).name,
          operation: account?.asker?.operation ?? null,
          organization: account?.organization ?? null,
          duration: inHundredths(duration),
          ...(waited > 0 && { waited: inHundredths(waited) }),
          ...(code !== undefined && { code }),
        },
        'a slow statement',
      );
    };
  };
}

export function everyWatch(watches: readonly (StatementWatch | null)[]): StatementWatch | null {
  const [first, ...others] = watches.filter((watch) => watch !== null);
  if (first === undefined || others.length === 0) return first ?? null;
  return (statement) => {
    const ends = [first, ...others].map((watch) => watch(statement));
    return (error) => {
      for (const end of ends) end(error);
    };
  };
}

const inHundredths = (milliseconds: number) => Math.round(milliseconds * 100) / 100;
