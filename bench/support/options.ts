import { parseArgs } from 'node:util';

type Defaults = Record<string, number | string | boolean>;

/**
 * The options of a program, e.g. `--calls 20000`, each of the kind of its default. Behind the program's name, which
 * run.mjs has taken.
 *
 * @throws for an option that is unknown or no whole number where one is needed.
 */
export function readOptions<D extends Defaults>(defaults: D): { [Name in keyof D]: Widened<D[Name]> } {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const { values } = parseArgs({ args: process.argv.slice(3), options });
  const read = Object.entries(defaults).map(([name, fallback]) => {
    const given = values[name];
    return [name, given === undefined ? fallback : typeof fallback === 'number' ? whole(name, given) : given];
  });
  return Object.fromEntries(read);
}

type Widened<T> = T extends number ? number : T extends string ? string : boolean;

function whole(name: string, text: unknown): number {
  if (!/^[1-9]\d{0,8}$/.test(String(text)))
    throw new Error(`--${name} must be a whole number, not "${text}"`);
  return Number(text);
}
