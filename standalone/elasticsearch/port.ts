import { createServer } from 'node:net';
import { LyrebirdError } from '../../common';

/** A port of loopback that nobody listens on now; 0 asks for any. @throws LyrebirdError LYREBIRD_CONFLICT when it is taken. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new LyrebirdError('LYREBIRD_CONFLICT', `Port ${wanted} of 127.0.0.1 is taken.`, 'Stop what listens there, or choose another port.')
          : error
      );
    });
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
