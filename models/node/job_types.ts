import * as path from 'node:path';
import { idSchema, type DEVICES, type Job, type JobRequest, type JobType, type LossPoint } from '../../common';
import { augmentModel } from '../augment';
import { DatasetStore, writeFileAtomic } from '../dataset';
import { evaluateModel } from '../evaluate';
import { finetuneModel, trainModel } from '../pipeline';

export type JobOf<T extends JobType> = Extract<Job, { type: T }>;
export type RequestOf<T extends JobType> = Extract<JobRequest, { type: T }>;

/** Where a job finds what it reads and leaves what it makes. */
export interface JobPlaces {
  datasetRoot: string;
  modelRoot: string;
  /** The job's own, the same one when it is resumed: the folder of the model that it makes, or one named after the job. */
  folder: string;
}

/** The folder of a model under `modelRoot`. */
export const modelFolder = ({ modelRoot }: Pick<JobPlaces, 'modelRoot'>, id: string) => path.join(modelRoot, idSchema.parse(id));

/** What the last evaluation of a model found, in its folder. */
export const reportFile = (folder: string) => path.join(folder, 'report.json');

export interface JobProgress {
  /** One of the type's stages. */
  stage: string;
  /** 0-1 over the whole job. */
  progress: number;
  etaSeconds?: number;
  /** New points of the loss curve. */
  points?: LossPoint[];
}

export interface JobControl {
  signal: AbortSignal;
  onProgress(progress: JobProgress): void;
}

/** All that the node knows of a type of job: a new one is a schema in `common/node_api.ts` and an entry in `JOB_TYPES`. */
export interface JobTypeEntry<T extends JobType> {
  /**
   * `makes`: the job writes the model `model_id`, which exists once the job has completed. `reads`: `model_id` exists, and stays until the
   * job has ended.
   */
  model: 'makes' | 'reads';
  /** Further models that must exist, and stay until the job has ended. */
  needsModels(request: RequestOf<T>): string[];
  device(request: RequestOf<T>): (typeof DEVICES)[number];
  /**
   * The work, in a process of its own. It goes on from what it finds in its folder, and rejects with LYREBIRD_CANCELLED soon after
   * the signal is aborted. What it resolves to becomes the job's `result`.
   */
  run(job: JobOf<T>, places: JobPlaces, control: JobControl): Promise<JobOf<T> extends { result?: infer R } ? R : void>;
}

export const JOB_TYPES: { readonly [T in JobType]: JobTypeEntry<T> } = {
  train: {
    model: 'makes',
    needsModels: () => [],
    device: ({ options }) => options.device,
    async run({ dataset_id, model_id, options }, { datasetRoot, folder }, control) {
      const dataset = await new DatasetStore(datasetRoot).reader(dataset_id);
      await trainModel({ dataset, folder, modelId: model_id, options, ...control });
    },
  },
  finetune: {
    model: 'makes',
    needsModels: ({ base_model_id }) => [base_model_id],
    device: ({ options }) => options.device,
    async run({ dataset_id, base_model_id, model_id, options }, places, control) {
      const dataset = await new DatasetStore(places.datasetRoot).reader(dataset_id);
      await finetuneModel({ base: modelFolder(places, base_model_id), dataset, folder: places.folder, modelId: model_id, options, ...control });
    },
  },
  augment: {
    model: 'makes',
    needsModels: ({ base_model_id }) => [base_model_id],
    device: ({ options }) => options.device,
    async run({ dataset_id, base_model_id, model_id, options }, places, control) {
      const dataset = await new DatasetStore(places.datasetRoot).reader(dataset_id);
      await augmentModel({ base: modelFolder(places, base_model_id), dataset, folder: places.folder, modelId: model_id, options, ...control });
    },
  },
  evaluate: {
    model: 'reads',
    needsModels: () => [],
    device: () => 'cpu',
    async run({ dataset_id, model_id, options }, places, control) {
      const logs = await new DatasetStore(places.datasetRoot).reader(dataset_id);
      const folder = modelFolder(places, model_id);
      const report = await evaluateModel({ folder, real: { logs }, options, ...control });
      await writeFileAtomic(reportFile(folder), JSON.stringify(report));
    },
  },
};

/** The entry of a type that is known only when the program runs. */
export const jobType = (type: JobType) => JOB_TYPES[type] as JobTypeEntry<JobType>;
