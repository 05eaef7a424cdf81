import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { LyrebirdError } from '../../common';

/**
 * One node per data folder. The lock is a listening local socket, which the system gives back however the process ends;
 * a pid file would be stale after a crash, and in a container the next process often has the same pid.
 *
 * @throws LYREBIRD_CONFLICT when another node holds the folder for longer than `waitMs`
 */
export async function lockDataFolder(folder: string, waitMs = 10_000): Promise<() => Promise<void>> {
  const name = `lyrebird-${createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 24)}`;
  const address =
    process.platform === 'linux' ? `\0${name}` : process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : path.join(tmpdir(), `${name}.sock`);
  const until = Date.now() + waitMs;
  for (;;) {
    const server = await listen(address);
    if (server !== undefined) return () => new Promise((resolve) => server.close(() => resolve()));
    // A socket file outlives its process; one that nobody answers is stale.
    if (path.isAbsolute(address) && process.platform !== 'win32' && !(await answers(address))) await rm(address, { force: true });
    if (Date.now() > until) {
      throw new LyrebirdError('LYREBIRD_CONFLICT', `Another node is using the data folder ${folder}.`, 'Stop it, or give this one another folder.');
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function listen(address: string): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
