/** What a chart shows, in words: as a table and as CSV. */
export interface TableData {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** RFC 4180. A text that a spreadsheet would compute gets an apostrophe before it, as in the gateway's export. */
export const csvOf = ({ columns, rows }: TableData): string =>
  [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');

function cell(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
