import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config/config.js';
import { type GatewayProcess, PROJECT, startGateway } from '../support/gateway.js';
import type { Lifetime } from '../support/lifetime.js';
import { type ServerProcess, startServer } from '../support/server-process.js';
import { ORGANIZATION } from './dataset.js';
import { type Form, gatewayForm, type Pools, typeIds, uuids } from './pools.js';
import { DOCUMENTS, inGatewayShape, readForm } from './postgraphile.js';
import type { Kind } from './workloads.js';

export interface World {
  databaseUrl: string;
  organizationId: string;
  pools: (form: Form) => Pools;
  /** Where PostGraphile is installed. */
  postgraphile: string | null;
}

/** A running server and how it is asked. */
export interface Contender {
  name: string;
  server: ServerProcess;
  pools: Pools;
  /** Where a kind of request goes, and its body. */
  request(kind: Kind, variables: Record<string, unknown>): { path: string; body: string };
  headers: Record<string, string>;
  /** What it can be asked; everything by default. */
  takes?: (kind: Kind) => boolean;
  /** Its data in the gateway's shape, where it differs. */
  inShape?: (data: Record<string, unknown>) => Record<string, unknown>;
}

export const takes = (contender: Contender, kind: Kind): boolean => contender.takes?.(kind) ?? true;

/** In the order of the tables. */
export const CONTENDERS = [
  'limit',
  'default-stack',
  'mercurius',
  'yoga',
  'postgraphile',
  'baseline',
  'switchboard',
] as const;
export type ContenderName = (typeof CONTENDERS)[number];

/** All in the same way: as in production, and with as many connections as the gateway has by default. */
const ENV = { NODE_ENV: 'production' };
const POOL_SIZE = `${loadConfig({}).databasePoolSize}`;
const JSON_BODY = { 'content-type': 'application/json' };

export async function startContender(
  lifetime: Lifetime,
  name: ContenderName,
  world: World,
  { nodeOptions = [], baseline = PROJECT }: { nodeOptions?: string[]; baseline?: string } = {},
): Promise<Contender> {
  if (name === 'switchboard' || name === 'baseline') {
    const options = { nodeOptions, env: ENV, tree: name === 'baseline' ? baseline : PROJECT };
    return contenderOf(name, await startGateway(lifetime, world.databaseUrl, ORGANIZATION, options), world);
  }
  const file = fileURLToPath(new URL(`../.built/bench/compare/contenders/${name}.js`, import.meta.url));
  const server = await startServer(lifetime, {
    args: [...nodeOptions, file],
    cwd: PROJECT,
    env: {
      ...ENV,
      DATABASE_URL: world.databaseUrl,
      ORGANIZATION_ID: world.organizationId,
      POOL_SIZE,
      POSTGRAPHILE: world.postgraphile ?? '',
    },
  });
  const plain = { name, server, headers: JSON_BODY };
  switch (name) {
    case 'limit':
      return { ...plain, pools: world.pools(uuids), request: overRoutes };
    case 'postgraphile':
      return {
        ...plain,
        pools: world.pools(await readForm(server.url, world.organizationId)),
        request: ({ name: kind }, variables) =>
          overGraphql({ query: DOCUMENTS[kind] ?? '' }, { ...variables, organization: world.organizationId }),
        takes: ({ name: kind }) => kind in DOCUMENTS,
        inShape: inGatewayShape,
      };
    default:
      return { ...plain, pools: world.pools(typeIds), request: overGraphql };
  }
}

export function contenderOf(name: string, { token, ...server }: GatewayProcess, world: World): Contender {
  const headers = { ...JSON_BODY, authorization: `Bearer ${token}` };
  return { name, server, headers, pools: world.pools(gatewayForm), request: overGraphql };
}

const documents = new Map<string, string>();

function overGraphql({ query }: Pick<Kind, 'query'>, variables: Record<string, unknown>) {
  const written = documents.get(query) ?? JSON.stringify(query);
  documents.set(query, written);
  return { path: '/graphql', body: `{"query":${written},"variables":${JSON.stringify(variables)}}` };
}

function overRoutes({ name }: Kind, variables: Record<string, unknown>) {
  return { path: `/${name}`, body: `{"variables":${JSON.stringify(variables)}}` };
}
