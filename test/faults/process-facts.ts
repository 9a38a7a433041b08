import { readdir, readFile } from 'node:fs/promises';
import type { GatewayProcess } from '../support/gateway-process.js';

/** Resident bytes of a process. */
export async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
}

/** How many files and sockets a process has open. */
export async function descriptorsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** For NODE_OPTIONS: on SIGUSR2 the process collects its garbage and says what is left. */
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

export const TELLS_HEAP = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(HEAP_HOOK)}` };

/** Bytes on the heap of a process started with TELLS_HEAP, without garbage. `turn`: the how manieth time it is asked, from 1. */
export async function heapOf({ process: child, says }: GatewayProcess, turn: number): Promise<number> {
  child.kill('SIGUSR2');
  const [, bytes] = await says(new RegExp(`heap ${turn}: (\\d+)\\n`));
  return Number(bytes);
}
