import { constants } from 'node:fs';
import { access, open, realpath, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { oneLine } from '../foundation/one-line.js';
import { rootCauseOf, StartError } from '../foundation/start-error.js';
import { databaseErrorCode, isDatabaseAway } from '../foundation/unavailable.js';

interface Fault {
  codes: string[];
  words: RegExp;
  message: string;
}

const FAULTS: Fault[] = [
  {
    codes: ['ENOSPC', 'EDQUOT'],
    words: /No space left on device|Disk quota exceeded/,
    message: 'its disk is full: free some space there, or set DATA_DIR to a folder on another disk',
  },
  {
    codes: ['EROFS'],
    words: /Read-only file system/,
    message: 'its file system is read-only: mount it for writing, or set DATA_DIR to a folder elsewhere',
  },
  {
    codes: ['EACCES', 'EPERM'],
    words: /Permission denied|Operation not permitted|invalid permissions|wrong ownership/,
    message: 'this user may not use it: give it back its owner and mode, or set DATA_DIR to another folder',
  },
  {
    codes: ['EEXIST', 'ENOTDIR'],
    words: /Not a directory/,
    message: 'it is no folder, or lies in none: set DATA_DIR to a folder',
  },
];

const faultInOutput = (output: string) => FAULTS.find(({ words }) => words.test(output));
const faultOfCode = (code: string | null | undefined) =>
  FAULTS.find(({ codes }) => codes.includes(code ?? ''));

export const isDataDirFault = (output: string): boolean => faultInOutput(output) !== undefined;

export class DataDirDiagnosis {
  readonly #dataDir: string;
  readonly #end: number;

  private constructor(dataDir: string, end: number) {
    this.#dataDir = dataDir;
    this.#end = end;
  }

  static async of(dataDir: string): Promise<DataDirDiagnosis> {
    const { size } = await stat(logIn(dataDir)).catch(() => ({ size: 0 }));
    return new DataDirDiagnosis(dataDir, size);
  }

  async refusal(error: unknown): Promise<StartError> {
    if (error instanceof StartError) return error;
    return (await this.#fault(error)) ?? this.#startError(messageOf(error), error);
  }

  async explain(error: unknown): Promise<unknown> {
    const isOfPostgres = isDatabaseAway(error) || /^\d/.test(databaseErrorCode(error) ?? '');
    return (isOfPostgres ? await this.#fault(error) : null) ?? error;
  }

  async #fault(error: unknown): Promise<StartError | null> {
    const output = messageOf(error);
    const { code }: NodeJS.ErrnoException = rootCauseOf(error);
    const logLine = (await this.#newLogLines()).split('\n').findLast(isDataDirFault)?.replace(LOG_PREFIX, '');
    const fault =
      faultOfCode(code) ??
      faultInOutput(output) ??
      faultInOutput(logLine ?? '') ??
      faultOfCode(await this.#checkFolder());
    if (fault === undefined) return null;
    const words = isDataDirFault(output) ? output : (logLine ?? output);
    return this.#startError(`${fault.message} (${words})`, error);
  }

  #startError(what: string, cause: unknown): StartError {
    return new StartError(`DATA_DIR ${this.#dataDir} cannot be used: ${what}`, { cause });
  }

  async #newLogLines(): Promise<string> {
    const log = await open(logIn(this.#dataDir)).catch(() => null);
    if (log === null) return '';
    try {
      const { buffer, bytesRead } = await log.read(
        Buffer.alloc(MAX_READ_BYTES),
        0,
        MAX_READ_BYTES,
        this.#end,
      );
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await log.close();
    }
  }

  async #checkFolder(): Promise<string | null> {
    for (const path of [logIn(this.#dataDir), this.#dataDir]) {
      const folder = await nearestExisting(dirname(path));
      const denied = await access(folder, constants.W_OK).catch(({ code }) => code);
      if (denied === 'EROFS') return denied;
      const space = await statfs(folder).catch(() => null);
      if (space !== null && space.bavail * space.bsize < FULL_BELOW_BYTES) return 'ENOSPC';
    }
    return null;
  }
}

/** Postgres writes blocks of up to 16 MB: less means full. */
const FULL_BELOW_BYTES = 1_048_576;
const MAX_READ_BYTES = 65_536;
const LOG_PREFIX = /^.*?\b(?:LOG|FATAL|PANIC):\s*/;

const logIn = (dataDir: string) => join(dataDir, 'postgres', 'postgres.log');

const messageOf = (error: unknown) => oneLine(rootCauseOf(error).message);

async function nearestExisting(path: string): Promise<string> {
  return (await realpath(path).catch(() => null)) ?? nearestExisting(dirname(path));
}
