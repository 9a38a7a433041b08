import { fileURLToPath } from 'node:url';
import { babelOptimizerPlugin } from '@graphql-codegen/client-preset';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { componentStyles } from './component-styles';

const gql = fileURLToPath(new URL('src/gql', import.meta.url));
const gateway = process.env.GATEWAY ?? 'http://127.0.0.1:4000';

/** `npm run dev:wallboard` serves the sources, and asks the gateway at GATEWAY. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The gateway puts its path in front of the page's own addresses: src/http/built-page.ts.
  base: './',
  // Without the plugin, each document would be in the bundle twice, as a tree and as text.
  plugins: [
    componentStyles(),
    react({
      babel: { plugins: [[babelOptimizerPlugin, { artifactDirectory: gql, gqlTagName: 'graphql' }]] },
    }),
  ],
  // One copy of each, also for what the client kit imports.
  resolve: { dedupe: ['@apollo/client', 'graphql', 'react', 'react-dom'] },
  build: {
    outDir: fileURLToPath(new URL('../../dist/wallboard', import.meta.url)),
    assetsDir: 'wallboard',
    target: 'es2022',
    // A data: URL of a font or picture would need a policy of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    write: false,
    // Bytes: what is smaller joins another chunk, for each is a request.
    rollupOptions: { output: { experimentalMinChunkSize: 20_000 } },
  },
  server: {
    proxy: Object.fromEntries(
      ['/graphql', '/recordings', '/export', '/demo', '/wallboard/settings.json'].map((path) => [
        path,
        { target: gateway, ws: true },
      ]),
    ),
  },
});
