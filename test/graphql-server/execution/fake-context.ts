import { createSecretKey } from 'node:crypto';
import { graphql } from 'graphql';
import { newAccount } from '../../../src/db/connection/account.js';
import type { Context } from '../../../src/graphql/context.js';
import { logCursors } from '../../../src/graphql/log-cursors.js';
import { Reads } from '../../../src/graphql/reads.js';
import { publicSchema } from '../../../src/graphql-server/schema/schema.js';
import type { Viewer } from '../../../src/identity/viewer.js';

export const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';
export const SUFFIX = '01h455vb4pex5vsknk084sn02q';

export const LOG_CURSORS = logCursors(createSecretKey(Buffer.alloc(32)))(UUID);

export const VIEWER: Viewer = {
  organization: { id: UUID, slug: 'acme', name: 'Acme' },
  keyId: UUID,
  kind: 'APP',
  name: 'ci',
  staffUid: null,
  scopes: ['ADMIN'],
  account: newAccount(UUID, UUID),
};

type Method = (...args: never[]) => unknown;

/** Fakes the services and loaders that a test names. Anything else is missing and fails the test. */
export interface Fakes {
  viewer?: Partial<Viewer>;
  services?: Record<string, Record<string, Method>>;
  loaders?: Record<string, (key: never) => unknown>;
}

export function fakeContext({ viewer, services, loaders }: Fakes = {}): Context {
  const limits = { metadataMaxBytes: 1000, metadataMaxDepth: 5 };
  const loading = Object.fromEntries(Object.entries(loaders ?? {}).map(([name, load]) => [name, { load }]));
  return {
    viewer: { ...VIEWER, ...viewer },
    atEnd: [],
    services: { limits, ...services },
    reads: new Reads(() => loading),
    logCursors: LOG_CURSORS,
    newLoaders: () => loading,
  } as unknown as Context;
}

export async function execute(
  source: string,
  fakes: Fakes = {},
  variableValues: Record<string, unknown> = {},
) {
  const result = await graphql({
    schema: publicSchema(),
    source,
    variableValues,
    contextValue: fakeContext(fakes),
  });
  return JSON.parse(JSON.stringify(result));
}
