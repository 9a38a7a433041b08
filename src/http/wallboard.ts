import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { serveBuiltPage } from './built-page.js';

/** Paths of the pages in `packages/wallboard/src/app/pages.ts`: the same document at each, which shows what the path says. */
const PATHS = ['/', '/calls/:id', '/figures', '/deliveries', '/accounts', '/inbox'];

/** The calls in a browser, made by `packages/wallboard/build.mjs`. Without them `/` leads to the explorer, if that is on. */
export function wallboard(
  app: FastifyInstance,
  { wallboard: isOn, explorer: hasExplorer }: { wallboard: boolean; explorer: boolean },
  log: Logger,
): void {
  const show = isOn
    ? // Recordings are played from the gateway's own address.
      serveBuiltPage(app, { name: 'wallboard', files: '/wallboard', policy: ["media-src 'self'"] })
    : null;
  if (show !== null) {
    for (const path of PATHS) app.get(path, show);
    return;
  }
  if (isOn) log.warn('the wallboard is not built: npm run build');
  if (hasExplorer) app.get('/', (_request, reply) => reply.redirect('graphql', 302));
}
