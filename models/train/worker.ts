import { parentPort, workerData } from 'node:worker_threads';
import { toLyrebirdError } from '../../common';
import type { WorkerInput, WorkerMessage } from './messages';
import { runTraining } from './trainer';

const { plan, stop } = workerData as WorkerInput;
const flag = new Int32Array(stop);
const send = (message: WorkerMessage) => parentPort?.postMessage(message);

runTraining(plan, {
  shouldStop: () => Atomics.load(flag, 0) === 1,
  onProgress: (progress) => send({ type: 'progress', progress }),
}).then(
  (result) => send({ type: 'result', result }),
  (thrown: unknown) => send({ type: 'error', error: toLyrebirdError(thrown).toBody(), stack: thrown instanceof Error ? thrown.stack : undefined })
);
