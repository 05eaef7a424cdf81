import { toLyrebirdError } from '../../common';
import { DatasetStore } from '../dataset';
import { trainModel } from '../pipeline';
import type { ToChild, ToParent, TrainRequest } from './train_process';

/** The process of one training; `runTraining` starts it. */

const abort = new AbortController();
const send = (message: ToParent) => new Promise<void>((resolve) => process.send!(message, () => resolve()));

async function train({ datasetRoot, datasetId, folder, modelId, options }: TrainRequest): Promise<void> {
  try {
    const dataset = await new DatasetStore(datasetRoot).reader(datasetId);
    await trainModel({ dataset, folder, modelId, options, signal: abort.signal, onProgress: (progress) => void send({ type: 'progress', progress }) });
    await send({ type: 'done' });
  } catch (error) {
    const body = toLyrebirdError(error);
    if (body.code === 'LYREBIRD_INTERNAL') console.error(error);
    await send({ type: 'failed', error: body.toBody() });
  }
  process.exit(0);
}

// The node's own stop reaches us as a message; a Ctrl-C in its terminal reaches the whole process group.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => abort.abort());
process.on('message', (message: ToChild) => {
  if (message.type === 'start') void train(message.request);
  else abort.abort();
});
// The node is gone: nobody would take the result, and the next node will resume this job from its checkpoint.
process.on('disconnect', () => process.exit(1));
