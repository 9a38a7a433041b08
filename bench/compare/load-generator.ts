import { usageOf } from '../support/usage.js';
import { connectTo, parsed } from './ask.js';
import type { Contender } from './contenders.js';
import { seeded } from './random.js';
import type { Workload } from './workloads.js';

export interface Run {
  connections: number;
  milliseconds: number;
  /** The same seed asks the same questions. */
  seed: number;
  /** What this run writes begins with it. */
  mark: string;
}

export interface Measured {
  requests: number;
  /** A second. */
  rate: number;
  /** Milliseconds from the request to the whole answer. */
  p50: number;
  p99: number;
  /** Seconds of the server's processor time for 1,000 requests. */
  cpu: number;
}

/** How many answers are looked at only for their status and for errors, to one that is parsed. */
const PARSED = 100;

/** Asks on every connection as soon as the answer is there, and counts. @throws BadAnswer at the first bad one */
export async function measure(contender: Contender, workload: Workload, run: Run): Promise<Measured> {
  const random = seeded(run.seed);
  const connections = Array.from({ length: run.connections }, () => connectTo(contender));
  const latencies: number[] = [];
  const before = await usageOf(contender.server.pid);
  const began = performance.now();
  let sent = 0;
  const work = (connection: (typeof connections)[number]) =>
    new Promise<void>((resolve, reject) => {
      const next = () => {
        const start = performance.now();
        if (start - began >= run.milliseconds) return resolve();
        const kind = workload.next(random);
        const variables = kind.variables(contender.pools, random, `${run.mark}-${sent}`);
        sent += 1;
        const isParsed = sent % PARSED === 0;
        const done = (bytes: Buffer) => {
          latencies.push(performance.now() - start);
          try {
            if (isParsed) parsed(bytes);
          } catch (error) {
            return reject(error);
          }
          next();
        };
        connection.ask(kind, variables, done, reject);
      };
      next();
    });
  try {
    await Promise.all(connections.map(work));
  } finally {
    for (const connection of connections) connection.close();
  }
  const seconds = (performance.now() - began) / 1000;
  const after = await usageOf(contender.server.pid);
  return summary(latencies, seconds, after.cpu - before.cpu);
}

function summary(latencies: number[], seconds: number, cpu: number): Measured {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const requests = sorted.length;
  return { requests, rate: requests / seconds, p50: at(0.5), p99: at(0.99), cpu: (cpu / requests) * 1000 };
}
