import type { Setting } from './setting.js';
import { TABLES } from './table.js';

/** The documents that have tables of settings. */
export const DOCS_WITH_TABLES = ['docs/operating.md', 'docs/identity-and-limits.md'];

const MARKED = /(<!-- settings:(\w+) -->\n)[\s\S]*?(<!-- \/settings -->)/g;

export function withTables(doc: string): string {
  return doc.replaceAll(MARKED, (_, begin: string, name: string, end: string) => {
    const table = Object.entries(TABLES).find(([known]) => known === name)?.[1];
    if (table === undefined) throw new Error(`there is no table of settings "${name}"`);
    return `${begin}${markdown(Object.values(table))}${end}`;
  });
}

function markdown(table: Setting<unknown>[]): string {
  const rows = table.map((setting) => {
    const meaning = [setting.description, setting.details].filter((text) => text !== undefined).join(' ');
    return `| \`${setting.variable}\` |${defaultOf(setting)} | ${meaning} |\n`;
  });
  return `\n| variable | default | |\n|---|---|---|\n${rows.join('')}\n`;
}

function defaultOf({ default: value, shownDefault }: Setting<unknown>): string {
  if (shownDefault !== undefined) return ` ${shownDefault}`;
  return value === undefined || (Array.isArray(value) && value.length === 0) ? '' : ` \`${value}\``;
}
