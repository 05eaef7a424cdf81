import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { codecFromJSON } from '../codec';
import type { GeneratorOptions } from '../generate';
import { createDecodingSession } from '../gpt';
import type { SessionOptions, Weights } from '../gpt/types';
import { readGuard } from './guard_stage';
import { readModelFiles, readModelWeights, type ModelFiles } from './model_files';

/** What a thread that writes for a run is started with. */
export interface GenerateWorkerData {
  folder: string;
  device: SessionOptions['device'];
}

/**
 * What is needed to write events, from a model folder. A step of decoding is too small to be shared by cores: they each write streams of
 * their own, in a thread with a single-threaded runtime.
 *
 * @param threads at most; by default the machine's cores
 * @throws as `readModelFiles` and `readModelWeights`
 */
export async function openGenerator({ folder, device }: GenerateWorkerData, threads = availableParallelism()): Promise<{ generator: GeneratorOptions; model: ModelFiles; weights: Weights }> {
  const model = await readModelFiles(folder);
  const { card, fields, config } = model;
  const weights = await readModelWeights(model);
  const generator: GeneratorOptions = {
    codec: codecFromJSON(model.codec),
    card,
    fields,
    guard: await readGuard(folder),
    config,
    createSession: (rows) => createDecodingSession(config, weights, rows, { device, threads: 1 }),
    // An accelerator is one for all threads.
    ...(device === 'cpu' && { threads: { most: threads, start: () => startThread({ folder, device }) } }),
  };
  return { generator, model, weights };
}

function startThread(workerData: GenerateWorkerData): Worker {
  // The CommonJS hook: Node 20 ignores `--import tsx` in a worker whose parent was not started with it.
  return new Worker(join(__dirname, 'generate_worker.ts'), { workerData, execArgv: ['--require', require.resolve('tsx/cjs')] });
}
