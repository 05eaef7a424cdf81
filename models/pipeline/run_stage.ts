import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { LyrebirdError } from '../../common';
import type { ErrorBody } from '../../common';
import { cancelled } from './prepare_stage';
import type { StageTask } from './worker';

/** Runs a stage in a worker thread; aborting ends the thread, and the stage starts over at the next run. */
export function runStage<T>(task: StageTask, signal?: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled());
    // Node 20 ignores `--import tsx` in a worker whose parent was not started with it; the CommonJS hook always works.
    const worker = new Worker(path.join(__dirname, 'worker.ts'), { workerData: task, execArgv: ['--require', require.resolve('tsx/cjs')] });
    const abort = () => {
      reject(cancelled());
      void worker.terminate();
    };
    signal?.addEventListener('abort', abort, { once: true });
    worker.once('message', (message: { result: T } | { error: ErrorBody & { stack?: string } }) => {
      if ('error' in message) {
        const error = LyrebirdError.fromBody(message.error);
        if (message.error.stack !== undefined) error.stack = message.error.stack;
        reject(error);
      } else resolve(message.result);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      signal?.removeEventListener('abort', abort);
      // After a message this changes nothing: the promise is settled.
      reject(new LyrebirdError('LYREBIRD_INTERNAL', `The "${task.stage}" stage ended with exit code ${code}.`, 'Resume the job; if it happens again, the machine may be out of memory.'));
    });
  });
}
