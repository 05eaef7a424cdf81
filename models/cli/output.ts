import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

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

  line(value: unknown): Promise<void> {
    return this.text(JSON.stringify(value));
  }

  /** One line as it is. */
  async text(line: string): Promise<void> {
    if (this.closed) return;
    // 'close' too: a reader that goes while we wait never drains.
    if (!process.stdout.write(`${line}\n`) && !this.closed) {
      const stop = new AbortController();
      const { signal } = stop;
      await Promise.race([once(process.stdout, 'drain', { signal }), once(process.stdout, 'close', { signal })]).catch(() => undefined);
      stop.abort();
    }
  }
}

/** A file of NDJSON beside the output, whole when `end` is done. */
export class LineFile {
  private readonly stream;
  private readonly done: Promise<void>;

  constructor(file: string) {
    this.stream = createWriteStream(file);
    this.done = finished(this.stream);
    // Looked at when the next line is written or at the end; until then it must not count as unhandled.
    this.done.catch(() => undefined);
  }

  async line(value: unknown): Promise<void> {
    if (!this.stream.write(`${JSON.stringify(value)}\n`)) await Promise.race([once(this.stream, 'drain'), this.done]);
  }

  async end(): Promise<void> {
    this.stream.end();
    await this.done;
  }
}
