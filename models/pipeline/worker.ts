import { parentPort, workerData } from 'node:worker_threads';
import { toLyrebirdError } from '../../common';
import type { FinetuneOptions, TrainOptions } from '../../common';
import type { GptConfig } from '../gpt/types';
import { readSafetensors, type AdapterOptions } from '../gpt';
import { calibrateStage } from './calibrate_stage';
import { codecStage, encodeStage } from './codec_stage';
import { encodeFinetune } from './finetune/encode';
import { measureFinetune } from './finetune/measure';
import { guardStage } from './guard_stage';
import { layout, readJson } from './stages';
import type { Prepared } from './stages';

/** Stages that keep a core busy for seconds: they run in a thread of their own, so that the service goes on answering. */
export type StageTask =
  | { stage: 'codec'; folder: string; options: TrainOptions }
  | { stage: 'encode'; folder: string }
  | { stage: 'calibrate'; folder: string; config: GptConfig; weightsFile: string; device: TrainOptions['device']; seed: number }
  | { stage: 'finetune encode'; folder: string; base: string; options: FinetuneOptions }
  | { stage: 'finetune measure'; folder: string; weightsFile: string; adapter?: AdapterOptions; options: FinetuneOptions };

async function run(task: StageTask): Promise<unknown> {
  const files = layout(task.folder);
  if (task.stage === 'finetune encode') return encodeFinetune(files, task.base, task.options.holdout, task.options.privacy !== undefined);
  if (task.stage === 'finetune measure') return measureFinetune(files, task.weightsFile, task.adapter, task.options.device);
  const prepared = await readJson<Prepared>(files.prepared);
  switch (task.stage) {
    case 'codec':
      await codecStage(files, prepared, task.options);
      return undefined;
    case 'encode':
      // First, since what encoding leaves says that the stage is done.
      await guardStage(files, prepared);
      return encodeStage(files, prepared);
    case 'calibrate':
      return calibrateStage(files, prepared, task.config, readSafetensors(task.weightsFile).tensors, task.device, task.seed);
  }
}

run(workerData as StageTask).then(
  (result) => parentPort!.postMessage({ result }),
  (error: unknown) => {
    const known = toLyrebirdError(error);
    parentPort!.postMessage({ error: { ...known.toBody(), stack: error instanceof Error ? error.stack : undefined } });
  }
);
