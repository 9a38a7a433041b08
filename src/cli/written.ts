import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

type Streams = readonly [NodeJS.ReadableStream, ...NodeJS.ReadWriteStream[]];

/** A file gets its name when it is whole, and on the disk. */
export async function written(
  streams: Streams,
  out: string,
  signal: AbortSignal,
  { mode = 0o666 } = {},
): Promise<void> {
  if (out === '-') return intoOutput(streams, process.stdout, signal);
  const part = `${out}.part`;
  try {
    await rm(part, { force: true });
    await pipeline([...streams, createWriteStream(part, { mode, flush: true })], { signal });
    await rename(part, out);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

async function intoOutput(streams: Streams, output: Writable, signal: AbortSignal): Promise<void> {
  try {
    await pipeline([...streams, output], { signal, end: false });
  } catch (error) {
    // As by head, which has read enough.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
