import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient as createSseClient } from 'graphql-sse';
import { Agent, fetch as fetchBy } from 'undici';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { freePort } from '../../src/embedded-postgres/server.js';
import { PROJECT } from '../support/built-tree.js';
import { startCommand } from '../support/program.js';

/** The name in the sample configurations. */
const NAME = 'calls.example.com';
/** Both addresses of gateways in the sample configurations. */
const GATEWAYS = ['127.0.0.1:4001', '127.0.0.1:4002'] as const;

interface Place {
  folder: string;
  port: number;
  certificate: string;
  key: string;
}

interface ProxyProgram {
  name: string;
  /** Of Debian. */
  program: string;
  sample: string;
  /** What makes the sample run here: its port, its certificate, and no rights of root. */
  adapt(sample: string, place: Place): Promise<string>;
  args(config: string): string[];
}

const isRoot = process.getuid?.() === 0;

export const PROXIES: ProxyProgram[] = [
  {
    name: 'nginx',
    program: '/usr/sbin/nginx',
    sample: 'nginx.conf',
    adapt: async (sample, { folder, port, certificate, key }) => {
      const site = replaced(sample, {
        'listen 443 ssl;': `listen 127.0.0.1:${port} ssl;`,
        '/etc/ssl/certs/calls.example.com.pem': certificate,
        '/etc/ssl/private/calls.example.com.key': key,
      });
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (each) => `${each}_temp_path ${join(folder, each)};`,
      );
      return [
        ...(isRoot ? ['user root;'] : []),
        `daemon off; pid ${join(folder, 'pid')}; error_log stderr warn; events {}`,
        `http { access_log off; ${temporary.join(' ')}`,
        site,
        '}',
      ].join('\n');
    },
    args: (config) => ['-e', 'stderr', '-c', config],
  },
  {
    name: 'HAProxy',
    program: '/usr/sbin/haproxy',
    sample: 'haproxy.cfg',
    adapt: async (sample, { folder, port, certificate, key }) => {
      const both = join(folder, 'both.pem');
      await writeFile(both, (await readFile(certificate, 'utf8')) + (await readFile(key, 'utf8')));
      return replaced(sample, {
        'bind :443': `bind 127.0.0.1:${port}`,
        '/etc/haproxy/certs/calls.example.com.pem': both,
      });
    },
    args: (config) => ['-db', '-f', config],
  },
  {
    name: 'Caddy',
    program: '/usr/bin/caddy',
    sample: 'Caddyfile',
    adapt: async (sample, { folder, port, certificate, key }) => {
      const global = `{\n admin off\n auto_https disable_redirects\n storage file_system ${join(folder, 'caddy')}\n}\n`;
      const site = `${NAME}:${port} {\n bind 127.0.0.1\n tls ${certificate} ${key}\n`;
      return global + replaced(sample, { 'calls.example.com {\n': site });
    },
    args: (config) => ['run', '--adapter', 'caddyfile', '--config', config],
  },
];

export const installed = PROXIES.filter(({ program }) => existsSync(program));

export interface RunningProxy {
  /** What it has complained of. */
  said(): string;
  url: string;
  dispatcher: Agent;
  /** For `graphql-ws`. */
  webSocket: typeof WebSocket;
  /** Of `graphql-sse`. */
  sse(token: string): ReturnType<typeof createSseClient>;
}

/** Runs a sample configuration, before gateways on these ports. Ends with the test. */
export async function startProxy(
  { program, sample, adapt, args }: ProxyProgram,
  ports: readonly number[],
  path = '',
): Promise<RunningProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-proxy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject],
    ...['-keyout', key, '-out', certificate],
  ]);
  const port = await freePort();
  const text = await readFile(join(PROJECT, 'deploy/proxies', sample), 'utf8');
  const own = replaced(
    text,
    Object.fromEntries(GATEWAYS.map((each, at) => [each, `127.0.0.1:${ports[at]}`])),
  );
  const config = join(folder, sample);
  await writeFile(config, await adapt(own, { folder, port, certificate, key }));
  const { process: proxy, ended } = startCommand(program, args(config), { HOME: folder });
  let said = '';
  proxy.stderr?.on('data', (text: string) => {
    said += text;
  });
  let end = '';
  void ended.then(({ stderr }) => {
    end = stderr;
  });
  const tls = { ca: await readFile(certificate, 'utf8'), lookup: toThisMachine };
  const dispatcher = new Agent({ connect: tls });
  onTestFinished(() => dispatcher.destroy());
  const url = `https://${NAME}:${port}${path}/graphql`;
  const isThere = () =>
    fetchBy(url, { dispatcher }).then(
      () => true,
      () => false,
    );
  while (!(await isThere())) {
    if (proxy.exitCode !== null || end !== '') throw new Error(`${program} does not run: ${end}`);
  }
  return {
    said: () => said,
    url,
    dispatcher,
    webSocket: class extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, tls);
      }
    } as typeof WebSocket,
    sse: (token) => {
      const client = createSseClient({
        url: `${url}/stream`,
        headers: { authorization: `Bearer ${token}` },
        fetchFn: (address: string, options: object) => fetchBy(address, { ...options, dispatcher }),
      });
      onTestFinished(() => client.dispose());
      return client;
    },
  };
}

/** Each must be there: a test of another configuration would show nothing. */
function replaced(text: string, changes: Record<string, string>): string {
  let changed = text;
  for (const [from, to] of Object.entries(changes)) {
    if (!changed.includes(from)) throw new Error(`the configuration has no ${from}`);
    changed = changed.replaceAll(from, to);
  }
  return changed;
}

// biome-ignore lint/suspicious/noExplicitAny: the signature of Node's lookup depends on its options
const toThisMachine = (_name: string, options: { all?: boolean }, found: (...answer: any[]) => void) =>
  options.all ? found(null, [{ address: '127.0.0.1', family: 4 }]) : found(null, '127.0.0.1', 4);
