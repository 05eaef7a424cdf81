import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LyrebirdError } from '../../common';

/** Whether a process with this id exists (also one that belongs to another user). */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Runs `work` while this caller alone holds `file`. A lock whose process has died is taken over: it is first renamed,
 * which only one of several waiting callers can do.
 * @throws LyrebirdError LYREBIRD_CONFLICT when a living process still holds it after `timeoutMs`.
 */
export async function withLock<T>(file: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  const mine = `${process.pid} ${randomBytes(8).toString('hex')}`;
  const deadline = Date.now() + timeoutMs;
  while (!(await tryCreate(file, mine))) {
    const holder = await readFile(file, 'utf8').catch(() => undefined);
    // An empty file is a lock being written this very moment.
    if (holder && !isAlive(Number.parseInt(holder, 10)) && (await takeAway(file, holder))) continue;
    if (Date.now() > deadline) {
      throw new LyrebirdError(
        'LYREBIRD_CONFLICT',
        `Process ${holder?.split(' ')[0] ?? 'unknown'} has held ${file} for more than ${Math.round(timeoutMs / 1000)} seconds.`,
        'Wait for the other start to finish, or stop that process.'
      );
    }
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    if ((await readFile(file, 'utf8').catch(() => '')) === mine) await rm(file, { force: true });
  }
}

async function tryCreate(file: string, content: string): Promise<boolean> {
  try {
    await writeFile(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function takeAway(file: string, expected: string): Promise<boolean> {
  const aside = `${file}.stale-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    await rename(file, aside);
  } catch {
    return false; // another waiting caller was faster
  }
  const taken = await readFile(aside, 'utf8');
  // Between the look and the rename the lock may have passed to a living process: then it gets it back.
  if (taken !== expected) await rename(aside, file);
  else await rm(aside, { force: true });
  return taken === expected;
}
