import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const README = fileURLToPath(new URL('../README.md', import.meta.url));

/** What a benchmark found: `text` for the README between its markers, `data` for its file of results. */
export interface Report {
  name:
    | 'compare'
    | 'scale'
    | 'writes'
    | 'live'
    | 'overload'
    | 'fairness'
    | 'away'
    | 'figures'
    | 'wallboard'
    | 'memory'
    | 'years'
    | 'parts';
  text: string;
  data: Record<string, unknown>;
}

/** Keeps the report of the last run in the README and in results/. */
export async function writeReport({ name, text, data }: Report): Promise<void> {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const readme = await readFile(README, 'utf8');
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`bench/README.md lacks the markers ${begin} and ${end}`);
  await writeFile(README, `${readme.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${readme.slice(to)}`);
  const file = new URL(`../results/${name}.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify(data, null, 2)}\n`);
}

/** A table in Markdown; columns after the first hold figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(line)].join(
    '\n',
  );
}

/** Where it ran, for one who compares two reports. */
export function surroundings(postgresVersion: string) {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    postgres: postgresVersion,
    cores: availableParallelism(),
  };
}

/** One line of progress, with the seconds since the start. */
export function say(text: string): void {
  console.log(`${(performance.now() / 1000).toFixed(1).padStart(7)} s  ${text}`);
}
