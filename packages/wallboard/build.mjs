import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { writePage } from '../write-page.mjs';
import { checkFirstScreen } from './first-screen.mjs';
import './generate.mjs';

// Tests build in an environment of their own, in which React would be the one for development.
process.env.NODE_ENV = 'production';

/** Bundles the wallboard into dist/wallboard. */
const { output } = await build({
  configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
  logLevel: 'warn',
});
checkFirstScreen(output);
await writePage(
  fileURLToPath(new URL('../../dist/wallboard', import.meta.url)),
  output.map((file) => [
    file.fileName.replace(/^wallboard\//, ''),
    Buffer.from(file.type === 'chunk' ? file.code : file.source),
  ]),
);
