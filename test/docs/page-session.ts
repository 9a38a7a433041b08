import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seedDemo } from '../../src/demo/seed.js';
import type { GatewayConfig } from '../../src/gateway.js';
import { PROJECT } from '../support/built-tree.js';
import {
  type Client,
  clientOf,
  openTestGateway,
  TEST_SECRETS_KEYS,
  type TestGateway,
} from '../support/gateway.js';
import { type FakeBurki, openBurki } from '../support/vendors/burki.js';

const run = promisify(execFile);

/** What one reader of one page does: a gateway with the example calls, a shell, and a vendor that answers. */
export class PageSession {
  readonly #gateway: TestGateway;
  readonly #burki: FakeBurki;
  readonly #folder: string;
  readonly #streams: { process: ChildProcess; said: () => string }[] = [];

  private constructor(gateway: TestGateway, burki: FakeBurki, folder: string) {
    this.#gateway = gateway;
    this.#burki = burki;
    this.#folder = folder;
  }

  static async open(settings: GatewayConfig = {}): Promise<PageSession> {
    const gateway = await openTestGateway({ corsOrigins: ['https://app.example.com'], ...settings });
    await seedDemo(gateway.database);
    const burki = await openBurki();
    burki.add({ id: 201, call_sid: 'CA201', started_at: '2026-01-07T10:00:00Z', status: 'completed' });
    burki.add({ id: 202, call_sid: 'CA202', started_at: '2026-01-08T10:00:00Z', status: 'completed' });
    return new PageSession(gateway, burki, await mkdtemp(join(tmpdir(), 'page-')));
  }

  async close(): Promise<void> {
    for (const { process } of this.#streams) process.kill('SIGTERM');
    await this.#gateway.close();
    await this.#burki.close();
    await rm(this.#folder, { recursive: true });
  }

  /** Runs commands in the page's shell, which keeps what they export, and answers with their output. */
  async shell(commands: string): Promise<string> {
    const script = [
      'set -eu',
      'test ! -f env || . ./env',
      "trap 'export -p >env' EXIT",
      this.#here(commands),
    ].join('\n');
    if (/\bcurl -N\b/.test(commands)) return this.#follow(script);
    const { stdout } = await run('bash', ['-c', script], { cwd: this.#folder, env: this.#env() });
    return stdout.replaceAll(this.#burki.url, 'https://api.burki.dev');
  }

  /** The client that has the token which the page has set. */
  async client(): Promise<Client> {
    const env = await readFile(join(this.#folder, 'env'), 'utf8').catch(() => '');
    const [, token] = /TOKEN="?(sb_[\w-]+)/.exec(env) ?? [];
    if (token === undefined) throw new Error('the page has not set $TOKEN');
    return clientOf(this.#gateway.url, token, `Bearer ${token}`);
  }

  ask = async (document: string, variables?: Record<string, unknown>) =>
    (await this.client()).send(this.#here(document), variables);

  /** What the last stream has said once it has sent so many events. */
  async streamed(events: number): Promise<string> {
    const stream = this.#streams.at(-1);
    if (stream === undefined) throw new Error('no command before reads a stream');
    while (dataOf(stream.said()).length < events) {
      if (stream.process.exitCode !== null) throw new Error(`the stream ended: ${stream.said()}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return stream.said();
  }

  /** Resolves once the stream is open, or has been refused. */
  #follow(script: string): Promise<string> {
    const child = spawn('bash', ['-c', script.replace(/\bcurl -N/, 'exec curl -sN')], {
      cwd: this.#folder,
      env: this.#env(),
    });
    let said = '';
    this.#streams.push({ process: child, said: () => said });
    return new Promise((resolve, reject) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        resolve(said);
      });
      child.once('close', () => reject(new Error(`the stream ended: ${said}`)));
    });
  }

  #env(): Record<string, string | undefined> {
    const keys = TEST_SECRETS_KEYS.map(({ name, key }) => `${name}:${Buffer.from(key).toString('base64')}`);
    return {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: this.#gateway.databaseUrl,
      SECRETS_KEYS: keys.join(),
      VENDORS_ALLOW_PRIVATE: 'true',
    };
  }

  /** What this test's gateway says of itself, as a page does. */
  shown(text: string): string {
    return text.replaceAll(/http:\/\/localhost:\d+/g, 'http://localhost:4000');
  }

  /** What a page says of a machine and a vendor, for those of this test. */
  #here(text: string): string {
    return text
      .replaceAll('http://127.0.0.1:4000', new URL(this.#gateway.url).origin)
      .replaceAll('npm run -s switchboard --', `node ${join(PROJECT, 'dist/cli/main.js')}`)
      .replaceAll('apiKey: "burki-key"', `apiKey: "burki-key", baseUrl: "${this.#burki.url}"`);
  }
}

/** The events of a stream of server-sent events. */
export const dataOf = (stream: string): unknown[] =>
  [...stream.matchAll(/^data: (\{.*\})$/gm)].map(([, data = '']) => JSON.parse(data));
