import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../support/gateway.js';
import { table } from '../support/report.js';

interface Profile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
  }[];
  samples: number[];
  timeDeltas: number[];
}

const SHOWN = 10;

/** A profile that `node --cpu-prof` wrote: its heaviest functions by the time spent in themselves. */
export async function heaviestFunctions(file: string): Promise<string> {
  const { nodes, samples, timeDeltas }: Profile = JSON.parse(await readFile(file, 'utf8'));
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const spent = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[index] ?? 0));
  }
  spent.delete('(idle)');
  const total = [...spent.values()].reduce((sum, time) => sum + time, 0);
  const heaviest = [...spent].sort(([, one], [, other]) => other - one).slice(0, SHOWN);
  return table(
    ['function', 'self, ms', 'of the busy time'],
    heaviest.map(([name, time]) => [
      name,
      (time / 1000).toFixed(0),
      `${((100 * time) / total).toFixed(1)} %`,
    ]),
  );
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName;
  const place = url.replace(/^file:\/\//, '').replace(PROJECT, '');
  return `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`;
}

/** The profiles in a folder that the processes which have ended wrote. */
export async function profilesIn(folder: string): Promise<string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith('.cpuprofile'))
    .sort()
    .map((file) => join(folder, file));
}
