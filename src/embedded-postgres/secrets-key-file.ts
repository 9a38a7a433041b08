import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SECRETS_KEY_BYTES, type SecretsKey } from '../config/secrets-keys.js';
import type { Home } from './home.js';

/** SECRETS_KEYS has it under this name if the data have moved to another server. */
const NAME = 'secrets.key';
const OPEN = 0o077;

/** The key beside the data, which lives and moves with them; null if there is none and none is to be made. */
export async function secretsKeyBeside(
  { cluster }: Pick<Home, 'cluster'>,
  { isMade }: { isMade: boolean },
): Promise<SecretsKey | null> {
  const file = join(dirname(cluster), NAME);
  const found = await readKey(file);
  if (found !== null || !isMade) return found;
  await makeKey(file);
  const made = await readKey(file);
  if (made === null) throw new Error(`${file} vanished while it was made`);
  return made;
}

async function readKey(file: string): Promise<SecretsKey | null> {
  const found = await stat(file).catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (found === null) return null;
  if (process.platform !== 'win32' && (found.mode & OPEN) !== 0) {
    throw new Error(
      `${file} is open to other users (mode ${(found.mode & 0o777).toString(8)}): chmod 600 it`,
    );
  }
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new Error(
      `${file} cannot be read (${cause.code}): it holds the key of the vendor accounts' secrets`,
      {
        cause,
      },
    );
  });
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== SECRETS_KEY_BYTES) {
    throw new Error(
      `${file} is damaged: put back a copy of it, or delete it and set the accounts' secrets anew`,
    );
  }
  return { name: NAME, key };
}

/** Linked whole under its name, so that of two processes that start at once the first one's key counts. */
async function makeKey(file: string): Promise<void> {
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${randomBytes(SECRETS_KEY_BYTES).toString('base64')}\n`);
      // Secrets are sealed with it at once: after a loss of power they would open no more.
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file).catch((error) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await syncFolder(dirname(file));
  } finally {
    await rm(draft, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
