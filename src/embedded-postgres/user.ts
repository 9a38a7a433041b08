import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface ServerUser {
  uid: number;
  gid: number;
}

export const runsAsRoot = (): boolean => process.getuid?.() === 0;

export async function unprivilegedUser(): Promise<ServerUser> {
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid, gid] = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(accounts) ?? [];
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) };
}

export const canEnter = async (path: string, user: ServerUser | undefined): Promise<boolean> =>
  (await closedFolder(path, user)) === null;

/** The nearest folder on the way to the path that the user may not enter; null if there is none. */
export async function closedFolder(path: string, user: ServerUser | undefined): Promise<string | null> {
  if (!user) return null;
  let folder = await realpath(path);
  for (;;) {
    const { mode, uid, gid } = await stat(folder);
    const executable = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & executable) === 0) return folder;
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}
