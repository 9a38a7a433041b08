import { flag, integer, oneOf, origins, text } from '../parsers.js';
import { settings } from '../setting.js';
import { type TrustProxy, trustProxy } from '../trust-proxy.js';
import { publicUrl } from '../url-parsers.js';

export const PERSISTED_MODES = ['off', 'auto', 'only'] as const;
export type PersistedMode = (typeof PERSISTED_MODES)[number];

export const server = settings({
  port: {
    variable: 'PORT',
    default: 4000,
    parse: integer(0, 65_535),
    description: 'TCP port that the gateway listens on; 0 takes any free one.',
  },
  host: {
    variable: 'HOST',
    default: '127.0.0.1',
    parse: text,
    description: 'Address that the gateway listens on.',
  },
  publicUrl: {
    variable: 'PUBLIC_URL',
    default: undefined as string | undefined,
    parse: publicUrl,
    shownDefault: '`http://localhost:PORT`',
    description:
      'URL at which vendors and browsers reach the gateway, e.g. `https://calls.example.com`; it may have a path.',
    details:
      "The URLs of webhooks and recordings lie below it, and Bird's signatures are checked with it, whatever Host a proxy sends.",
  },
  trustProxy: {
    variable: 'TRUST_PROXY',
    default: null as TrustProxy | null,
    parse: trustProxy,
    shownDefault: '`off`',
    description:
      'IP addresses of proxies that may say who the client is, separated by commas; `off` for none.',
    details:
      'Also ranges such as `10.0.0.0/8`, and the words `loopback`, `linklocal` and `uniquelocal`. The client is then the last address in `X-Forwarded-For` that is none of them. The log shows it, and clients without a known key take turns by it.',
  },
  corsOrigins: {
    variable: 'CORS_ORIGINS',
    default: undefined as readonly string[] | undefined,
    parse: origins,
    shownDefault: "this machine's, with a loopback `HOST`",
    description: 'Other origins whose web pages may send requests, separated by commas; `off` for none.',
    details:
      'For example `https://app.example.com`. Pages of all other origins cannot open a WebSocket either. Without it, a gateway whose `HOST` is a loopback address, and that has no `PUBLIC_URL` elsewhere, takes pages of any port of `localhost`, such as a dev server, and Apollo Sandbox.',
  },
  explorer: {
    variable: 'EXPLORER',
    default: true,
    parse: flag,
    description: 'Whether a browser at `/graphql` gets the explorer (GraphiQL).',
  },
  wallboard: {
    variable: 'WALLBOARD',
    default: true,
    parse: flag,
    description: 'Whether a browser at `/` gets the wallboard: the calls, live.',
  },
  persistedOperations: {
    variable: 'PERSISTED_OPERATIONS',
    default: 'off' as PersistedMode,
    parse: oneOf<PersistedMode>(PERSISTED_MODES),
    description: 'Which documents clients may send by their hash: `off`, `auto` or `only`.',
    details:
      '`auto`: those that a signed-in client has sent once, and those of the manifest. `only`: those of the manifest, and no other document in any form. See [Persisted operations](persisted-operations.md).',
  },
  persistedManifest: {
    variable: 'PERSISTED_MANIFEST',
    default: undefined as string | undefined,
    parse: text,
    description:
      "Path of a file of trusted documents, as Apollo's, graphql-codegen's and Relay's tools write it.",
    details: 'One that does not fit the schema stops the start.',
  },
  federation: {
    variable: 'FEDERATION',
    default: false,
    parse: flag,
    description:
      'Whether the schema is a subgraph of Apollo Federation too, with `_service` and `_entities`.',
    details: 'See [Federation](federation.md).',
  },
  requestTimeout: {
    variable: 'REQUEST_TIMEOUT',
    default: 30,
    parse: integer(1, 3_600),
    description: 'Seconds that a client has to send a whole request.',
  },
  headersTimeout: {
    variable: 'HEADERS_TIMEOUT',
    default: 15,
    parse: integer(1, 3_600),
    description: 'Seconds that a client has to send the headers of a request.',
  },
  keepAliveTimeout: {
    variable: 'KEEP_ALIVE_TIMEOUT',
    default: 72,
    parse: integer(1, 3_600),
    description: 'Seconds that a connection stays open after an answer, for the next request.',
  },
  connectionTimeout: {
    variable: 'CONNECTION_TIMEOUT',
    default: 120,
    parse: integer(1, 3_600),
    description: 'Seconds that a connection may be silent during a request before it is cut off.',
  },
});
