import { createInterface } from 'node:readline/promises';
import { UsageError } from './usage.js';

/** Asks on a terminal to type a word again; elsewhere --yes must be given. */
export async function confirm(isGiven: boolean | undefined, what: string, word: string): Promise<void> {
  if (isGiven) return;
  if (!process.stdin.isTTY) throw new UsageError(`${what} for good: say --yes`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${what} for good. Type ${word} to go on: `);
    if (answer.trim() !== word) throw new Error('nothing was deleted');
  } finally {
    terminal.close();
  }
}
