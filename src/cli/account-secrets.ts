import { ACCOUNT_MEMBERS, type VendorSystem } from '../vendors/account/account-members.values.js';
import { UsageError } from './usage.js';

const MOST_BYTES = 65_536;

const words = (member: string) => member.replaceAll(/[A-Z]/g, (letter) => `_${letter}`);

/** apiKey of Burki is BURKI_API_KEY. */
export const variableOf = (system: VendorSystem, member: string): string =>
  `${system}_${words(member)}`.toUpperCase();

/** workspaceId is --workspace-id. */
export const optionOf = (member: string): string => words(member).replaceAll('_', '-').toLowerCase();

const ALL = (Object.keys(ACCOUNT_MEMBERS) as VendorSystem[]).flatMap((system) =>
  ACCOUNT_MEMBERS[system].secrets.map((member) => ({ system, member })),
);

/** Arguments are visible to all users of the machine, and stay in the shell's history. */
export function refuseSecretArguments(args: string[]): void {
  const option = args.map((arg) => /^--([\w-]+)/.exec(arg)?.[1]);
  const found = ALL.find(({ member }) => option.includes(optionOf(member)));
  if (found === undefined) return;
  throw new UsageError(
    `--${optionOf(found.member)} is not taken as an argument, which others can see: ${placesOf(found.system, found.member)}`,
  );
}

export const placesOf = (system: VendorSystem, member: string): string =>
  `set ${variableOf(system, member)}, or give ${member} on standard input`;

/** From the environment; if it has none of the vendor's, from standard input. */
export async function readSecrets(
  system: VendorSystem,
  env: NodeJS.ProcessEnv,
  readInput: () => Promise<string>,
): Promise<Record<string, string>> {
  const members = ACCOUNT_MEMBERS[system].secrets;
  const given = members.flatMap((member): [string, string][] => {
    const value = env[variableOf(system, member)]?.trim();
    return value ? [[member, value]] : [];
  });
  return given.length > 0 ? Object.fromEntries(given) : parseSecrets(system, await readInput());
}

/** A JSON object, or lines NAME=VALUE. No error repeats any of it. */
export function parseSecrets(system: VendorSystem, input: string): Record<string, string> {
  const members = ACCOUNT_MEMBERS[system].secrets;
  const entries = input.trimStart().startsWith('{') ? jsonEntries(input) : lineEntries(input);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const member = members.find((each) => each === name || variableOf(system, each) === name);
      if (member === undefined) {
        throw new UsageError(`standard input has a name that is none of ${members.join(', ')}`);
      }
      if (typeof value !== 'string') throw new UsageError(`${member} on standard input is no text`);
      return [member, value];
    }),
  );
}

function jsonEntries(input: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(input) as object);
  } catch {
    throw new UsageError('standard input begins like a JSON object, but is none');
  }
}

function lineEntries(input: string): [string, string][] {
  return input.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const at = line.indexOf('=');
    if (at === -1) throw new UsageError(`line ${index + 1} of standard input is not NAME=VALUE`);
    return [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
  });
}

export async function readStandardInput(): Promise<string> {
  const { stdin } = process;
  // Nothing would say that it waits.
  if (stdin.isTTY) return '';
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new UsageError(`standard input has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
