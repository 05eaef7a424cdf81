import { once } from 'node:events';

/** Standard output with back-pressure. `isClosed` when the reader (`| head`) has gone: that is an end, not an error. */
export class Output {
  private closed = false;

  constructor(onClosed: () => void) {
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.closed = true;
      onClosed();
    });
  }

  get isClosed(): boolean {
    return this.closed;
  }

  async line(value: unknown): Promise<void> {
    if (this.closed) return;
    // 'close' too: a reader that goes while we wait never drains.
    if (!process.stdout.write(`${JSON.stringify(value)}\n`) && !this.closed) {
      const stop = new AbortController();
      const { signal } = stop;
      await Promise.race([once(process.stdout, 'drain', { signal }), once(process.stdout, 'close', { signal })]).catch(() => undefined);
      stop.abort();
    }
  }
}
