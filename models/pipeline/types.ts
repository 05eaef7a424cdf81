import type { FinetuneOptions, FinetuneStage, GeneratedEvent, GenerateOptions, LogHit, LossPoint, ModelAge, ModelCard, ScoredEvent, Skipped, TrainOptions, TrainStage } from '../../common';
import type { DatasetReader } from '../dataset/types';
import type { GenerateControl, GeneratedLine, GeneratorOptions } from '../generate';
import type { EventFields } from '../prepare';
import type { Drift, Revised, SessionScorer } from '../score';

export interface PipelineProgress {
  stage: TrainStage;
  /** 0-1 over the whole job. */
  progress: number;
  etaSeconds?: number;
  /** New points of the loss curve. */
  points: LossPoint[];
}

export interface TrainModelOptions {
  dataset: DatasetReader;
  /** Model folder; stages leave their files in `<folder>/work` and a second run goes on after the last finished stage. */
  folder: string;
  modelId: string;
  options: TrainOptions;
  /** Events from here on (ms) are held out, instead of the newest share (`options.holdout`). */
  heldoutFrom?: number;
  signal?: AbortSignal;
  onProgress?: (progress: PipelineProgress) => void;
}

/** `trainModel` of models/pipeline: prepare, codec, encode, train, calibrate. Rejects with LYREBIRD_CANCELLED when aborted. */
export type TrainModel = (options: TrainModelOptions) => Promise<ModelCard>;

export interface FinetuneModelOptions {
  /** Folder of the model to start from; it is only read. */
  base: string;
  dataset: DatasetReader;
  /** Model folder; a second run goes on after the last finished stage. */
  folder: string;
  modelId: string;
  options: FinetuneOptions;
  signal?: AbortSignal;
  onProgress?: (progress: Omit<PipelineProgress, 'stage'> & { stage: FinetuneStage }) => void;
}

/** A loaded model folder. */
export interface Model {
  readonly card: ModelCard;
  /** How its events are read. */
  readonly fields: EventFields;
  /** Streams events in time order; `malformed` counts what did not parse (raw tokenisers only), `copies` what repeated rare training events. */
  generate(options: GenerateOptions, control?: GenerateControl): AsyncGenerator<GeneratedEvent>;
  /** The same with each document as JSON text: for whoever only passes it on. */
  generateLines(options: GenerateOptions, control?: GenerateControl): AsyncGenerator<GeneratedLine>;
  /** The same, with times, log types and chosen fields written by another model first (`cascadeLines`). */
  completeLines(first: Model, options: GenerateOptions, control?: GenerateControl): AsyncGenerator<GeneratedLine>;
  /** What its events are written with. */
  readonly generator: GeneratorOptions;
  /** A scorer keeps the context of each entity between calls. */
  createScorer(options?: { topFields?: number }): Scorer;
  /** What was counted while events were scored, beside what was usual when the model was new. Undefined of nothing. */
  ageOf(drift: Drift): ModelAge | undefined;
  /** Scores whole sessions. @throws LYREBIRD_BAD_REQUEST for a model whose entities are not sessions */
  createSessionScorer(options?: { topEvents?: number; topFields?: number }): Promise<SessionScorer>;
  dispose(): Promise<void>;
}

export interface Scorer {
  /** Events in time order. Those that cannot be scored are counted by reason, never thrown. `revised`: events of earlier calls whose scores have risen. */
  score(hits: LogHit[]): Promise<{ events: ScoredEvent[]; revised: Revised[]; skipped: Skipped }>;
  /** How surprising events newer than the model were since the last call; undefined if there were none. */
  takeDrift(): Drift | undefined;
  dispose(): Promise<void>;
}

/** `loadModel` of models/pipeline. */
export type LoadModel = (folder: string, options?: { device?: 'cpu' | 'cuda' | 'webgpu'; threads?: number }) => Promise<Model>;
