import { constants } from 'node:fs';
import { access, open, realpath, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rootOf, StartError } from '../start-error.js';
import { oneLine } from './embedded-process.js';
import { databaseErrorCode, isDatabaseAway } from './unavailable.js';

interface Fault {
  /** The system's codes for it, and its words in what Postgres says. */
  codes: string[];
  words: RegExp;
  /** What it is, and what helps. */
  told: string;
}

/** What can be wrong with the place of the data. */
const FAULTS: Fault[] = [
  {
    codes: ['ENOSPC', 'EDQUOT'],
    words: /No space left on device|Disk quota exceeded/,
    told: 'its disk is full: make room there, or set DATA_DIR to a folder on another disk',
  },
  {
    codes: ['EROFS'],
    words: /Read-only file system/,
    told: 'its file system is read-only: mount it for writing, or set DATA_DIR to a folder elsewhere',
  },
  {
    codes: ['EACCES', 'EPERM'],
    words: /Permission denied|Operation not permitted|invalid permissions|wrong ownership/,
    told: 'this user may not use it: give it back its owner and mode, or set DATA_DIR to another folder',
  },
  {
    codes: ['EEXIST', 'ENOTDIR'],
    words: /Not a directory/,
    told: 'it is no folder, or lies in none: set DATA_DIR to a folder',
  },
];

const faultIn = (said: string) => FAULTS.find(({ words }) => words.test(said));
const faultOf = (code: string | null | undefined) => FAULTS.find(({ codes }) => codes.includes(code ?? ''));

/** Whether Postgres says that something is wrong with the place of its data, which another try will not change. */
export const isPlaceAtFault = (said: string): boolean => faultIn(said) !== undefined;

/** Finds out why the embedded Postgres of a folder cannot be had. */
export class PlaceOfData {
  readonly #dataDir: string;
  /** Where the server's log ended when this began. */
  readonly #end: number;

  private constructor(dataDir: string, end: number) {
    this.#dataDir = dataDir;
    this.#end = end;
  }

  static async of(dataDir: string): Promise<PlaceOfData> {
    const { size } = await stat(logIn(dataDir)).catch(() => ({ size: 0 }));
    return new PlaceOfData(dataDir, size);
  }

  /** Why it does not open, in a line that names DATA_DIR. */
  async refusal(error: unknown): Promise<StartError> {
    if (error instanceof StartError) return error;
    return (await this.#fault(error)) ?? this.#told(saidBy(error), error);
  }

  /** The same of what Postgres did not do later; the error itself where the place is not at fault. */
  async explain(error: unknown): Promise<unknown> {
    const isOfPostgres = isDatabaseAway(error) || /^\d/.test(databaseErrorCode(error) ?? '');
    return (isOfPostgres ? await this.#fault(error) : null) ?? error;
  }

  /** By what the error says, by what Postgres has said meanwhile, or else by a look: where nothing can be written, no log says so. */
  async #fault(error: unknown): Promise<StartError | null> {
    const said = saidBy(error);
    const { code }: NodeJS.ErrnoException = rootOf(error);
    const logged = (await this.#logged()).split('\n').findLast(isPlaceAtFault)?.replace(LOG_PREFIX, '');
    const fault = faultOf(code) ?? faultIn(said) ?? faultIn(logged ?? '') ?? faultOf(await this.#looked());
    if (fault === undefined) return null;
    const words = isPlaceAtFault(said) ? said : (logged ?? said);
    return this.#told(`${fault.told} (${words})`, error);
  }

  #told(what: string, cause: unknown): StartError {
    return new StartError(`DATA_DIR ${this.#dataDir} cannot be used: ${what}`, { cause });
  }

  async #logged(): Promise<string> {
    const log = await open(logIn(this.#dataDir)).catch(() => null);
    if (log === null) return '';
    try {
      const { buffer, bytesRead } = await log.read(Buffer.alloc(MOST_READ), 0, MOST_READ, this.#end);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await log.close();
    }
  }

  async #looked(): Promise<string | null> {
    for (const path of [logIn(this.#dataDir), this.#dataDir]) {
      const folder = await nearest(dirname(path));
      const denied = await access(folder, constants.W_OK).catch(({ code }) => code);
      if (denied === 'EROFS') return denied;
      const room = await statfs(folder).catch(() => null);
      if (room !== null && room.bavail * room.bsize < FULL) return 'ENOSPC';
    }
    return null;
  }
}

/** Postgres writes blocks of up to 16 MB; where there is less than this, it is at its end. */
const FULL = 1_048_576;
const MOST_READ = 65_536;
const LOG_PREFIX = /^.*?\b(?:LOG|FATAL|PANIC):\s*/;

const logIn = (dataDir: string) => join(dataDir, 'postgres', 'postgres.log');

const saidBy = (error: unknown) => oneLine(rootOf(error).message);

/** The folder itself, or the first above it that is there. */
async function nearest(path: string): Promise<string> {
  return (await realpath(path).catch(() => null)) ?? nearest(dirname(path));
}
