import { type Setting, type Table, WrongValue } from './setting.js';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export function defaultsOf<Values>(table: Table<Values>): Values {
  return mapTable(table, (setting) => setting.default);
}

export function readTable<Values>(table: Table<Values>, env: NodeJS.ProcessEnv): Values {
  return mapTable(table, (setting) => {
    const text = env[setting.variable]?.trim();
    return text ? parse(setting, text) : setting.default;
  });
}

function parse<T>({ variable, parse, isSecret = false }: Setting<T>, text: string): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    const found = error.found === undefined || isSecret ? '' : `, not "${error.found}"`;
    throw new ConfigError(`${variable} ${error.message}${found}`);
  }
}

function mapTable<Values>(table: Table<Values>, read: <T>(setting: Setting<T>) => T): Values {
  const names = Object.keys(table) as (keyof Values)[];
  return Object.fromEntries(names.map((name) => [name, read(table[name])])) as Values;
}
