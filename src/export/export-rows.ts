import { JsonText, jsonText } from '../foundation/json-text.js';
import type { Column, Form } from './export-columns.js';

export type Node = Record<string, unknown>;

export interface Rows {
  type: string;
  head: string;
  row(call: Node): string;
}

export function rowsOf(form: Form, columns: readonly Column[]): Rows {
  if (form === 'csv') {
    return {
      type: 'text/csv; charset=utf-8; header=present',
      head: csvLine(columns.map(({ name }) => name)),
      row: (call) => csvLine(columns.map((column) => csvText(cellOf(call, column)))),
    };
  }
  const picks = columns.filter(({ keys }) => keys.length > 0);
  const isWhole =
    picks.length === 0 || columns.some(({ path, keys }) => path[0] === 'metadata' && keys.length === 0);
  return {
    type: 'application/x-ndjson; charset=utf-8',
    head: '',
    row: (call) =>
      `${jsonText(isWhole ? inOneSpelling(call) : { ...call, metadata: pickedFrom(call.metadata, picks) })}\n`,
  };
}

/** JavaScript has its own order of keys such as "1". */
const inOneSpelling = (call: Node): Node =>
  call.metadata === undefined ? call : { ...call, metadata: JsonText.of(call.metadata) };

function cellOf(call: Node, { path, keys }: Column): unknown {
  const value = at(call, path);
  return keys.length === 0 ? value : at(value, keys);
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !isMember(found, name)) return null;
    found = (found as Node)[name];
  }
  return found;
}

const isMember = (value: object, name: string) =>
  Object.hasOwn(value, name) && (!Array.isArray(value) || name !== 'length');

/** Without a prototype, so that the key __proto__ is an ordinary one. */
function pickedFrom(metadata: unknown, columns: readonly Column[]): Node {
  const picked: Node = Object.create(null);
  for (const { keys } of columns) {
    let inner = picked;
    for (const key of keys.slice(0, -1)) {
      const known = inner[key];
      const next = typeof known === 'object' && known !== null ? (known as Node) : Object.create(null);
      inner[key] = next;
      inner = next;
    }
    inner[keys.at(-1) ?? ''] = at(metadata, keys);
  }
  return picked;
}

function csvText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return harmless(value);
  return typeof value === 'object' ? JsonText.of(value).written : String(value);
}

/** RFC 4180. */
const csvLine = (cells: string[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`;

const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
/** Phone numbers and amounts compute nothing, and other programs need them as they are. */
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

/** A spreadsheet shows a text after an apostrophe as it is (OWASP, CSV Injection). */
const harmless = (text: string): string => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);
