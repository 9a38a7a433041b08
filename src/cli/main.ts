#!/usr/bin/env -S node --max-semi-space-size=32
// A gateway loads nothing of the commands, and they nothing of it.
const [command, ...rest] = process.argv.slice(2);
if (command === 'start' && rest.length === 0) await import('../main.js');
else await import('./run.js');
