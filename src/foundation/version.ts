import { readFileSync } from 'node:fs';

/** Of this package, in which sources and built files are equally deep. */
const PACKAGE = new URL('../../package.json', import.meta.url);

export const VERSION: string = JSON.parse(readFileSync(PACKAGE, 'utf8')).version;
