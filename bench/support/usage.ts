import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface Usage {
  /** Of all its threads since its start, in seconds. */
  cpu: number;
  /** Resident memory now and at its highest, in MB. */
  memory: number;
  peak: number;
}

/** Linux counts in these, whatever the kernel's own clock is. */
const TICKS = 100;
const peaks = new Map<number, number>();

/** What a process has used. Where there is no /proc, `ps` is asked, and the peak is the highest that was seen. */
export async function usageOf(pid: number): Promise<Usage> {
  if (process.platform === 'linux') return fromProc(pid);
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=,time=', '-p', `${pid}`]);
  const [rss = '0', time = '0'] = stdout.trim().split(/\s+/);
  const cpu = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
  const memory = Number(rss) / 1024;
  const peak = Math.max(memory, peaks.get(pid) ?? 0);
  peaks.set(pid, peak);
  return { cpu, memory, peak };
}

async function fromProc(pid: number): Promise<Usage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The name of the program, in brackets, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  return {
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS,
    memory: kilobytes('VmRSS') / 1024,
    peak: kilobytes('VmHWM') / 1024,
  };
}
