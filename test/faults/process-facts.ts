import { readdir, readFile } from 'node:fs/promises';
import type { GatewayProcess } from '../support/gateway-process.js';

export async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
}

export async function descriptorsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** For NODE_OPTIONS: on SIGUSR2, the process collects garbage and prints its heap size. */
const HEAP_HOOK = `
  import { setFlagsFromString } from 'node:v8';
  import { runInNewContext } from 'node:vm';
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  let asked = 0;
  process.on('SIGUSR2', () => {
    gc();
    gc();
    process.stdout.write('heap ' + (asked += 1) + ': ' + process.memoryUsage().heapUsed + '\\n');
  });`;

export const REPORTS_HEAP = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(HEAP_HOOK)}`,
};

/** Heap bytes after garbage collection of a process started with REPORTS_HEAP. `turn`: the number of the request, from 1. */
export async function heapOf({ process: child, says }: GatewayProcess, turn: number): Promise<number> {
  child.kill('SIGUSR2');
  const [, bytes] = await says(new RegExp(`heap ${turn}: (\\d+)\\n`));
  return Number(bytes);
}
