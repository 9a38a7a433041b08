import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = '/usr/bin/chromium';
const EXTRACT = fileURLToPath(new URL('extract-chromium.mjs', import.meta.url));

export interface TestBrowser {
  browser: Browser;
  close(): Promise<void>;
}

/** A headless Chromium: CHROMIUM_PATH's, the system's, else the one of the package, with the libraries that come with it. */
export async function openBrowser(): Promise<TestBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-chromium-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const browser = await launch(folder);
    const close = async () => {
      await browser.close();
      await remove();
    };
    return { browser, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function launch(folder: string): Promise<Browser> {
  const given = process.env.CHROMIUM_PATH ?? (existsSync(INSTALLED) ? INSTALLED : undefined);
  return chromium.launch({
    executablePath: given ?? (await extract(folder)),
    // Its sandbox needs what root and most containers do not have; it shows no page but our own.
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: folder,
      ...(given === undefined && {
        LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
        FONTCONFIG_FILE: join(folder, 'fonts.conf'),
      }),
    },
  });
}

/** In a process of its own: the package extracts into TMPDIR, and its libraries only where it thinks to run at Amazon. */
async function extract(folder: string): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('set CHROMIUM_PATH: the package has a Chromium for Linux on x64 alone');
  }
  const { stdout } = await promisify(execFile)(process.execPath, [EXTRACT], {
    env: { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' },
  });
  await writeFile(join(folder, 'fonts.conf'), fontsOf(folder));
  return stdout.trim();
}

/** The package's own names a folder that is not ours. Without any font, Chromium ends when it looks for one. */
const fontsOf = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;
