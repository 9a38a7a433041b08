import { isIPv6 } from 'node:net';

export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** As in libpq, but for `prefer-standby`. */
const SESSION_ATTRIBUTES = ['any', 'read-write', 'primary', 'read-only', 'standby'];

export interface PostgresUrl {
  /** A host that begins with / is the folder of a Unix socket. */
  hosts: readonly { host: string; port: number }[];
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  sslmode: SslMode;
  sslnegotiation: 'postgres' | 'direct';
  /** Paths; `system` stands for the authorities that Node knows. */
  sslrootcert: string | undefined;
  sslcert: string | undefined;
  sslkey: string | undefined;
  target_session_attrs: string;
  options: string | undefined;
  /** Through a pooler that gives each transaction another session, as PgBouncer does in transaction mode. */
  isPooled: boolean;
  /** False through one that does not take prepared statements along. */
  isPrepared: boolean;
}

/** What is wrong with a URL, as the rest of a sentence. It has no value of the URL. */
export class WrongUrl extends Error {
  override readonly name = 'WrongUrl';
}

/** They change nothing: the gateway has a time limit of its own, and its name is `switchboard`. */
const WITHOUT_EFFECT = [
  'application_name',
  'fallback_application_name',
  'connect_timeout',
  'client_encoding',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'gssencmode',
];

const PARAMETERS = [
  'host',
  'port',
  'user',
  'password',
  'dbname',
  'sslmode',
  'sslnegotiation',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'channel_binding',
  'target_session_attrs',
  'options',
  'prepare',
  ...WITHOUT_EFFECT,
];

/** Of other programs' URLs. */
const INSTEAD: Record<string, string> = {
  ssl: 'sslmode=require',
  pgbouncer: 'prepare=transaction or prepare=false',
  currentSchema: 'options=-csearch_path%3D…',
};

const ENCODE =
  'cannot be read as a URL: in its user name and password write %25 for %, %23 for #, %40 for @, %2F for / and %3F for ?';

/** Read as libpq does. @throws WrongUrl */
export function parsePostgresUrl(url: string): PostgresUrl {
  if (!/^postgres(?:ql)?:\/\//.test(url)) {
    throw new WrongUrl('must be a URL that begins with postgres:// or postgresql://');
  }
  const [, authority = '', path = '', query = ''] =
    /^\w+:\/\/([^/?]*)(\/[^?]*)?(?:\?(.*))?$/s.exec(url) ?? [];
  const [signIn, hostsText, ...more] = authority.includes('@') ? authority.split('@') : ['', authority];
  const isCut = signIn === '' && (path.includes('@') || query.includes('@'));
  if (url.includes('#') || /\s/.test(url) || more.length > 0 || isCut) throw new WrongUrl(ENCODE);
  const [user, ...password] = (signIn ?? '').split(':');
  const given = parametersOf(query);
  const hosts = hostsOf(hostsText ?? '', given);
  const sslrootcert = given.get('sslrootcert');
  const sslmode = oneOf(given, 'sslmode', SSL_MODES) ?? (sslrootcert ? 'verify-full' : defaultMode(hosts));
  const channelBinding = oneOf(given, 'channel_binding', ['disable', 'prefer', 'require']);
  if (channelBinding === 'require') {
    throw new WrongUrl(
      'has channel_binding=require, which the gateway cannot do: remove it, and write sslmode=verify-full, which makes sure of the server by its certificate',
    );
  }
  const sslnegotiation = oneOf(given, 'sslnegotiation', ['postgres', 'direct'] as const) ?? 'postgres';
  if (sslnegotiation === 'direct' && ['disable', 'prefer'].includes(sslmode)) {
    throw new WrongUrl('has sslnegotiation=direct, which needs sslmode=require or a stricter one');
  }
  const prepare = oneOf(given, 'prepare', ['true', 'false', 'transaction']) ?? 'true';
  if (given.has('sslcert') !== given.has('sslkey')) {
    throw new WrongUrl('must have sslcert and sslkey together');
  }
  return {
    hosts,
    user: given.get('user') ?? (decoded(user ?? '') || undefined),
    password: given.get('password') ?? (decoded(password.join(':')) || undefined),
    database: given.get('dbname') ?? (decoded(path.slice(1)) || undefined),
    sslmode,
    sslnegotiation,
    sslrootcert,
    sslcert: given.get('sslcert'),
    sslkey: given.get('sslkey'),
    target_session_attrs: oneOf(given, 'target_session_attrs', SESSION_ATTRIBUTES) ?? 'any',
    options: given.get('options'),
    isPooled: ['false', 'transaction'].includes(prepare),
    isPrepared: prepare !== 'false',
  };
}

export const isPooled = (url: string): boolean => parsePostgresUrl(url).isPooled;

/** Without user name and password. */
export function placeOf(url: string): string {
  const [, authority = '', path = ''] = /^\w+:\/\/([^/?]*)([^?]*)/.exec(url) ?? [];
  const written = authority.slice(authority.lastIndexOf('@') + 1);
  const { hosts, database = '' } = parsePostgresUrl(url);
  return written === '' ? `${hosts.map(({ host }) => host).join(',')}/${database}` : `${written}${path}`;
}

function parametersOf(query: string): Map<string, string> {
  const given = new Map<string, string>();
  for (const part of query.split('&').filter((each) => each !== '')) {
    const [name = '', ...value] = part.split('=');
    given.set(decoded(name), decoded(value.join('=')));
  }
  const unknown = [...given.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown === undefined) return given;
  // It may be what an & in a password has cut off.
  const shown =
    given.has('password') || !/^\w{1,40}$/.test(unknown) ? 'a parameter' : `the parameter ${unknown}`;
  const instead = INSTEAD[unknown] === undefined ? '' : `; write ${INSTEAD[unknown]} instead`;
  throw new WrongUrl(`has ${shown}, which is none of ${PARAMETERS.join(', ')}${instead}`);
}

function hostsOf(authority: string, given: Map<string, string>): PostgresUrl['hosts'] {
  const written = authority.split(',').map((text) => {
    const [, address, name = '', port = ''] = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d+))?$/.exec(text) ?? [];
    if (text !== '' && address === undefined && name === '' && port === '') throw new WrongUrl(ENCODE);
    const host = decoded(address ?? name);
    if (address !== undefined && !isIPv6(host.replace(/%.*$/, ''))) throw new WrongUrl(ENCODE);
    return { host, port };
  });
  const names = given.get('host')?.split(',') ?? written.map(({ host }) => host);
  const ports = given.get('port')?.split(',') ?? written.map(({ port }) => port);
  if (![1, names.length].includes(ports.length)) {
    throw new WrongUrl('must have one port, or as many as it has hosts');
  }
  const hosts = names.map((name, index) => ({
    host: name || 'localhost',
    port: portOf(ports.length === 1 ? ports[0] : ports[index]),
  }));
  if (hosts.some(({ host }) => !isSocket(host) && /[\s/\\?#@]/.test(host))) throw new WrongUrl(ENCODE);
  if (new Set(hosts.map(({ host }) => isSocket(host))).size > 1) {
    throw new WrongUrl('must have either hosts or Unix sockets');
  }
  return hosts;
}

function portOf(text = ''): number {
  const port = Number(text || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new WrongUrl('must have ports from 1 to 65535');
  }
  return port;
}

/** On one machine, nothing is gained by TLS. */
const defaultMode = (hosts: PostgresUrl['hosts']): SslMode =>
  hosts.every(({ host }) => isSocket(host) || /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host))
    ? 'disable'
    : 'prefer';

export const isSocket = (host: string): boolean => host.startsWith('/');

function oneOf<Word extends string>(
  given: Map<string, string>,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const found = given.get(name);
  if (found === undefined || words.includes(found as Word)) return found as Word | undefined;
  throw new WrongUrl(`has a ${name} that is none of ${words.join(', ')}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new WrongUrl(ENCODE);
  }
}
