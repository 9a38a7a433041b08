import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { PROJECT } from '../support/built-tree.js';

const run = promisify(execFile);

/** A client's project in a temporary folder, which finds our packages and the schema. */
export class TempProject {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(files: Record<string, string> = {}): Promise<TempProject> {
    const project = new TempProject(await mkdtemp(join(tmpdir(), 'client-')));
    onTestFinished(() => rm(project.folder, { recursive: true }));
    await symlink(join(PROJECT, 'node_modules'), join(project.folder, 'node_modules'));
    await symlink(join(PROJECT, 'schema.graphql'), join(project.folder, 'schema.graphql'));
    await project.write({ 'package.json': '{"type":"module"}', ...files });
    return project;
  }

  async write(files: Record<string, string>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, name)), { recursive: true });
      await writeFile(join(this.folder, name), text);
    }
  }

  /** Runs a command of `node_modules/.bin`, and answers with what it says, also if it fails. */
  async command(name: string, ...args: string[]): Promise<{ failed: boolean; said: string }> {
    const options = { cwd: this.folder, env: { PATH: process.env.PATH, NO_COLOR: '1' } };
    return run(join(this.folder, 'node_modules/.bin', name), args, options).then(
      ({ stdout, stderr }) => ({ failed: false, said: stdout + stderr }),
      ({ stdout, stderr }) => ({ failed: true, said: stdout + stderr }),
    );
  }

  /** What the compiler says against the types, as strict as it can be; empty if nothing. */
  async typeErrors(): Promise<string> {
    const compilerOptions = {
      ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
      ...{ noPropertyAccessFromIndexSignature: true, verbatimModuleSyntax: true, isolatedModules: true },
      ...{ target: 'ES2023', lib: ['ES2023', 'DOM'], types: ['node'], skipLibCheck: true, noEmit: true },
      ...{ module: 'ESNext', moduleResolution: 'Bundler' },
    };
    const config = JSON.stringify({ compilerOptions, include: ['src'] });
    await this.write({ 'tsconfig.json': config });
    return (await this.command('tsc', '-p', 'tsconfig.json')).said;
  }
}

/** What each of the schema's scalars is in JSON. */
export const SCALARS = {
  DateTime: 'string',
  Decimal: 'string',
  JSONObject: 'Record<string, unknown>',
  PhoneNumber: 'string',
  URL: 'string',
};
