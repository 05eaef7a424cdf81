export { loadModel } from './load_model';
export { finetuneModel } from './finetune/finetune_model';
export { readModelFiles, weightsHash, type ModelFiles } from './model_files';
export { claimFolder, isDone, layout, readJson, writeJson } from './stages';
export { scoreSessions, type SessionScoresOptions } from './session_scores';
export { trainModel } from './train_model';
export type { FinetuneModelOptions, Model, PipelineProgress, Scorer, TrainModelOptions } from './types';
