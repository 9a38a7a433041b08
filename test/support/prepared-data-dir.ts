import { inject } from 'vitest';
import { copyDataDir, makeDataDir } from './data-dir.js';

/**
 * A folder whose cluster is there already, so that a first start takes no longer than a second one. It has no database
 * yet: the first to open it makes one.
 */
export async function makePreparedDataDir(): Promise<string> {
  const dataDir = await makeDataDir();
  await copyDataDir(inject('preparedDataDir'), dataDir);
  return dataDir;
}
