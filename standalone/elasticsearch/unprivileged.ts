import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { LyrebirdError } from '../../common';

/** Elasticsearch refuses to run as root: as root, it runs as a system user of its own. */
export interface SystemUser {
  uid: number;
  gid: number;
}

const USER_NAME = 'lyrebird';
/** Where folders go that the system user cannot reach in the repository (one cloned into /root, say). */
const REACHABLE = '/var/lib/lyrebird';

/**
 * The user to run as; undefined: as the caller, who is not root.
 * @throws LyrebirdError LYREBIRD_UNSUPPORTED when a root caller can neither find nor create the user.
 */
export function unprivilegedUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => spawnSync('id', [flag, USER_NAME], { encoding: 'utf8' });
  if (id('-u').status !== 0) {
    const made = spawnSync('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', USER_NAME], { encoding: 'utf8' });
    // Somebody else may have created it this moment: what counts is that it is there.
    if (id('-u').status !== 0) {
      throw new LyrebirdError(
        'LYREBIRD_UNSUPPORTED',
        `Elasticsearch does not run as root, and the system user "${USER_NAME}" could not be created: ${made.error?.message ?? made.stderr.trim()}`,
        'Start as an ordinary user, or set ELASTICSEARCH_URL to a cluster.'
      );
    }
  }
  return { uid: Number(id('-u').stdout), gid: Number(id('-g').stdout) };
}

/**
 * The home folder as `user` can read it: the folder itself, or a copy elsewhere when a folder above it is closed.
 */
export async function readableHome(home: string, user: SystemUser | undefined): Promise<string> {
  if (!user || canReach(path.join(home, 'bin', 'elasticsearch'), user)) return home;
  const copy = path.join(REACHABLE, `elasticsearch-${path.basename(home)}`);
  if (existsSync(copy)) return copy;
  await mkdir(REACHABLE, { recursive: true, mode: 0o755 });
  const partial = await mkdtemp(path.join(REACHABLE, 'copying-'));
  await cp(home, path.join(partial, 'home'), { recursive: true });
  spawnSync('chmod', ['-R', 'a+rX', partial]);
  await rename(path.join(partial, 'home'), copy).catch((error: unknown) => {
    if (!existsSync(copy)) throw error; // another start copied it first
  });
  await rm(partial, { recursive: true, force: true });
  return copy;
}

/** The folder for config, data and logs: inside `dataDir`, or elsewhere when `user` cannot reach that. */
export async function writableRunDir(dataDir: string, user: SystemUser | undefined): Promise<string> {
  const inside = path.join(dataDir, 'run');
  if (!user) return inside;
  await mkdir(inside, { recursive: true, mode: 0o755 });
  await chown(inside, user.uid, user.gid);
  if (canReach(inside, user)) return inside;
  const outside = path.join(REACHABLE, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
  await mkdir(outside, { recursive: true, mode: 0o755 });
  return outside;
}

function canReach(target: string, user: SystemUser): boolean {
  return spawnSync('test', ['-r', target, '-a', '-x', target], { uid: user.uid, gid: user.gid, cwd: '/' }).status === 0;
}
