import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EVERY_COMMAND, REFUSED } from '../call-flows/commands.js';

interface Step {
  key: string;
  command: string;
  options: object;
}

interface Checks {
  problemsOf(steps: Step[]): { path: string[] }[];
}

/** A module of the browser, which the compiler of the tests does not know: the build makes what it imports. */
const MODULE = fileURLToPath(new URL('../../packages/wallboard/src/flow/problems.ts', import.meta.url));
const { problemsOf } = (await import(MODULE)) as Checks;

const problemsIn = (input: object) =>
  problemsOf(Object.entries(input).map(([command, options]) => ({ key: command, command, options }))).map(
    ({ path }) => path.join('.'),
  );

it('the forms accept every command that the gateway accepts', () => {
  for (const { input } of EVERY_COMMAND) expect(problemsIn(input), JSON.stringify(input)).toEqual([]);
});

it('the forms name the same field as the gateway for each option out of its range', () => {
  for (const { path, command } of REFUSED) expect(problemsIn(command)).toEqual([path]);
});
