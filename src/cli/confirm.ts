import { createInterface } from 'node:readline/promises';
import { UsageError } from './usage.js';

/** Asks on a terminal to type a word again; elsewhere --yes must be given. */
export async function confirm(isGiven: boolean | undefined, what: string, word: string): Promise<void> {
  if (isGiven) return;
  const answer = await ask(`${what} for good. Type ${word} to go on: `);
  if (answer === null) throw new UsageError(`${what} for good: say --yes`);
  if (answer !== word) throw new Error('nothing was deleted');
}

/** Null without a terminal. */
export async function ask(question: string): Promise<string | null> {
  if (!process.stdin.isTTY) return null;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question(question)).trim();
  } finally {
    terminal.close();
  }
}
