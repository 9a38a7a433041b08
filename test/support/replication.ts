import { join } from 'node:path';
import { inject } from 'vitest';
import { prepareHome } from '../../src/embedded-postgres/home.js';
import { copyDataDir, makeDataDir, removeDataDir } from './data-dir.js';
import { type Replication, startReplication } from './standby.js';

/** On a cluster of its own. */
export async function openReplication(count = 1): Promise<Replication> {
  const dataDir = await makeDataDir();
  await copyDataDir(inject('preparedDataDir'), dataDir);
  const remove = () => removeDataDir(dataDir);
  try {
    const opened = await startReplication(await prepareHome(dataDir), join(dataDir, '..'), count);
    return { ...opened, close: () => opened.close().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
