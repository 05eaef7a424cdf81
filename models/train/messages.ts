import type { ErrorBody } from '../../common';
import type { TrainingPlan, TrainingProgress, TrainingResult } from './types';

export interface WorkerInput {
  plan: TrainingPlan;
  /** One int32: 1 asks the worker to stop. Shared memory, because a message would wait until the worker is idle. */
  stop: SharedArrayBuffer;
}

export type WorkerMessage =
  | { type: 'progress'; progress: TrainingProgress }
  | { type: 'result'; result: TrainingResult }
  | { type: 'error'; error: ErrorBody; stack?: string };
