import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets a small heap grow to four times what is alive before it collects the old part: under load, 150 MB of what
 * requests have left. To two and a half times costs no more time, and needs 70 MB less.
 *
 * The young generation cannot be set once V8 runs: every command that starts a gateway has --max-semi-space-size.
 */
setFlagsFromString('--heap-growing-percent=150');
