import { Readable } from 'node:stream';
import type { PluginJob } from '../../common';

const HEARTBEAT_MS = 15_000;

/**
 * Server-sent events: `event: job` with the job as data at each change, a comment every 15 seconds so that no proxy takes the
 * stream for dead, and the end of the stream with the end of the job. Destroying the stream aborts `controller`.
 */
export function jobStream(jobs: AsyncGenerator<PluginJob>, controller: AbortController, onError: (error: Error) => void): Readable {
  // Kept by reference, not pushed: a reader that is slow gets the newest state instead of a backlog.
  const stream = new Readable({
    read() {},
    destroy(error, callback) {
      clearInterval(heartbeat);
      controller.abort();
      callback(error);
    },
  });
  const heartbeat = setInterval(() => stream.push(': still here\n\n'), HEARTBEAT_MS);
  heartbeat.unref();
  void (async () => {
    try {
      for await (const job of jobs) {
        if (stream.destroyed) return;
        if (stream.push(`event: job\ndata: ${JSON.stringify(job)}\n\n`)) continue;
        while (!stream.destroyed && stream.readableLength >= stream.readableHighWaterMark) await new Promise((resolve) => setTimeout(resolve, 50));
      }
    } catch (error) {
      onError(error as Error);
    }
    clearInterval(heartbeat);
    if (!stream.destroyed) stream.push(null);
  })();
  return stream;
}
