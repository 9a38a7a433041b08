import { type Parse, WrongValue } from './setting.js';

export const text: Parse<string> = (input) => input;

export const integer =
  (least: number, most: number): Parse<number> =>
  (input) => {
    const value = /^\d{1,15}$/.test(input) ? Number(input) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new WrongValue(`must be a whole number from ${least} to ${most}`, input);
  };

export const daysOrOff =
  (least: number, most: number): Parse<number | null> =>
  (input) => {
    if (input.toLowerCase() === 'off') return null;
    const value = /^\d{1,6}$/.test(input) ? Number(input) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new WrongValue(`must be off, or a whole number of days from ${least} to ${most}`, input);
  };

export const flag: Parse<boolean> = (input) => {
  const word = input.toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  throw new WrongValue('must be true or false', input);
};

export const oneOf =
  <Word extends string>(words: readonly Word[]): Parse<Word> =>
  (input) => {
    const word = words.find((known) => known === input.toLowerCase());
    if (word !== undefined) return word;
    throw new WrongValue(`must be one of ${words.join(', ')}`, input);
  };

const parts = (input: string) => input.split(',').map((part) => part.trim());

export const list: Parse<readonly string[]> = (input) => {
  const words = parts(input);
  if (words.every((word) => word !== '')) return words;
  throw new WrongValue('must be words with a comma between each two');
};

export const someOf =
  (words: readonly string[]): Parse<readonly string[]> =>
  (input) => {
    const given = parts(input);
    const unknown = given.find((word) => !words.includes(word));
    if (unknown === undefined) return given;
    throw new WrongValue(`must be some of ${words.join(', ')}`, unknown);
  };

/** `off` is none of them. */
export const someOrOff =
  <Word extends string>(words: readonly Word[]): Parse<readonly Word[]> =>
  (input) => {
    if (input.toLowerCase() === 'off') return [];
    const given = parts(input).map((part) => part.toLowerCase());
    const unknown = given.find((word) => !words.some((known) => known === word));
    if (unknown !== undefined) throw new WrongValue(`must be off, or some of ${words.join(', ')}`, unknown);
    return words.filter((word) => given.includes(word));
  };

/** Where its data are, and how the gateway finds it. */
const FIXED = /^(?:data_directory|(?:config|hba|ident)_file|listen_addresses|unix_socket_\w+)$/;

/** Of Postgres, as `name=value`; a comma within a value is followed by no other name. */
export const postgresSettings: Parse<Readonly<Record<string, string>>> = (input) => {
  const pairs = input
    .split(/,\s*(?=[\w.]+\s*=)/)
    .map((pair) => /^([a-z_][\w.]*)\s*=\s*(.*)$/s.exec(pair.trim()));
  const entries = pairs.map((pair) => {
    if (pair === null) throw new WrongValue('must be name=value with a comma between each two', input);
    const [, name = '', value = ''] = pair;
    if (FIXED.test(name)) throw new WrongValue(`must not set ${name}, which the gateway sets`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
};

/** `off` is none of them. */
export const origins: Parse<readonly string[]> = (input) => {
  if (input.toLowerCase() === 'off') return [];
  const given = parts(input).filter((each) => each !== '');
  const wrong = given.find((each) => !URL.canParse(each) || new URL(each).origin !== each);
  if (wrong === undefined) return given;
  throw new WrongValue('must be origins such as https://app.example.com, or off', wrong);
};
