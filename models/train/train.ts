import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { LyrebirdError } from '../../common';
import { readResult } from './checkpoint';
import type { WorkerInput, WorkerMessage } from './messages';
import type { TrainingPlan, TrainingProgress, TrainingResult } from './types';

export interface TrainControl {
  /** Writes a checkpoint, then rejects with LYREBIRD_CANCELLED. */
  signal?: AbortSignal;
  onProgress?: (progress: TrainingProgress) => void;
}

/**
 * Trains in a worker thread until the time or the steps run out, and leaves the weights that were best on held-out data in the
 * plan's folder. Called again on a folder with a checkpoint, it goes on from there; on one that is finished, it returns the result.
 * Rejects with the errors of `runTraining`.
 */
export async function train(plan: TrainingPlan, { signal, onProgress }: TrainControl = {}): Promise<TrainingResult> {
  const finished = readResult(plan.folder, plan);
  if (finished) return finished;
  if (signal?.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'The training was cancelled before it began.', 'Start it again.');

  const stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const askToStop = () => Atomics.store(new Int32Array(stop), 0, 1);
  const workerData: WorkerInput = { plan, stop };
  const worker = new Worker(join(__dirname, 'worker.ts'), {
    workerData,
    // Node 20 ignores `--import tsx` in a worker whose parent was not started with it; the CommonJS hook always works.
    execArgv: ['--require', require.resolve('tsx/cjs')],
  });
  signal?.addEventListener('abort', askToStop, { once: true });
  try {
    return await new Promise<TrainingResult>((resolve, reject) => {
      worker.on('message', (message: WorkerMessage) => {
        if (message.type === 'progress') onProgress?.(message.progress);
        else if (message.type === 'result') resolve(message.result);
        else {
          const error = LyrebirdError.fromBody(message.error);
          if (message.stack) error.stack = message.stack;
          reject(error);
        }
      });
      worker.on('error', reject);
      worker.on('exit', (code) =>
        reject(
          new LyrebirdError(
            'LYREBIRD_INTERNAL',
            `The training thread ended with code ${code} before the training did.`,
            'Start it again to go on from the last checkpoint; if it ran out of memory, choose a smaller model or batch.'
          )
        )
      );
    });
  } finally {
    signal?.removeEventListener('abort', askToStop);
    await worker.terminate();
  }
}
