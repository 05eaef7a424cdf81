import { toLyrebirdError } from '../../common';
import type { JobTask, ToChild, ToParent } from './job_process';
import { jobType } from './job_types';

/** The process of one job; `runJob` starts it. */

const abort = new AbortController();
const send = (message: ToParent) => new Promise<void>((resolve) => process.send!(message, () => resolve()));

async function run({ job, places }: JobTask): Promise<void> {
  try {
    const result = await jobType(job.type).run(job, places, { signal: abort.signal, onProgress: (progress) => void send({ type: 'progress', progress }) });
    await send({ type: 'done', result });
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
  if (message.type === 'start') void run(message.task);
  else abort.abort();
});
// The node is gone: nobody would take the result, and the next node will resume this job from its checkpoint.
process.on('disconnect', () => process.exit(1));
