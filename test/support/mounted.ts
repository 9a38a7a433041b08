import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PROJECT } from './built-tree.js';
import { type Ended, startCommand } from './program.js';

/** Mounts in a separate namespace vanish with it; an ordinary user must be root inside it. */
const isRoot = process.getuid?.() === 0;
const ENTER = isRoot ? ['-m'] : ['-Urm'];
const AS_SELF = isRoot
  ? ''
  : `unshare -U --map-user=${process.getuid?.()} --map-group=${process.getgid?.()} `;

/** Whether this machine allows mounts for a single process. */
export const canMount: boolean = await promisify(execFile)('unshare', [
  ...ENTER,
  'sh',
  '-c',
  `mount -t tmpfs tmpfs /mnt && ${AS_SELF}true`,
]).then(
  () => true,
  () => false,
);

/**
 * Runs a program of the built tree where shell commands have mounted something: only it sees the mounts, and they end
 * with it.
 */
export function runMounted(
  mounts: string[],
  file: string,
  args: string[],
  env: Record<string, string>,
): Promise<Ended> {
  const program = `exec ${AS_SELF}"${process.execPath}" "${PROJECT}/dist/${file}" ${args.join(' ')}`;
  return startCommand('unshare', [...ENTER, 'sh', '-ec', [...mounts, program].join('\n')], env).ended;
}
