import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { JwtConfig } from '../config/jwt.js';
import { serveBuiltPage } from './built-page.js';
import { pathPrefixOf } from './front-door.js';

/** Paths of the pages in `packages/wallboard/src/app/pages.ts`: the same document at each, which shows what the path says. */
const PATHS = ['/', '/calls/:id', '/figures', '/deliveries', '/accounts', '/inbox'];

interface WallboardOptions {
  wallboard: boolean;
  explorer: boolean;
  jwt: JwtConfig | null;
  publicUrl: string | undefined;
}

/** The calls in a browser, made by `packages/wallboard/build.mjs`. Without them `/` leads to the explorer, if that is on. */
export function wallboard(app: FastifyInstance, config: WallboardOptions, log: Logger): void {
  const issuer = config.wallboard ? issuerOf(config.jwt) : null;
  const show = config.wallboard
    ? serveBuiltPage(app, {
        name: 'wallboard',
        files: '/wallboard',
        path: pathPrefixOf(config),
        // Recordings are played from the gateway's own address.
        policy: ["media-src 'self'"],
        asks: issuer === null ? [] : [new URL(issuer.url).origin],
      })
    : null;
  if (show !== null) {
    for (const path of PATHS) app.get(path, show);
    app.get('/wallboard/settings.json', async () => ({
      issuer,
      // Its routes are the program's own: src/demo/traffic/.
      hasDemo: app.hasRoute({ url: '/demo/traffic', method: 'POST' }),
    }));
    return;
  }
  if (config.wallboard) log.warn('the wallboard is not built: npm run build');
  const path = pathPrefixOf(config);
  if (config.explorer) app.get('/', (_request, reply) => reply.redirect(`${path && `${path}/`}graphql`, 302));
}

/** What the page needs to sign people in at their issuer (OAuth 2 with PKCE): nothing of it is secret. */
function issuerOf(jwt: JwtConfig | null) {
  if (jwt === null || jwt.clientId === undefined) return null;
  const { issuer: url, clientId, clientScope: scope, audience } = jwt;
  return { url, clientId, scope, audience: audience[0] };
}
