export { loadModel } from './load_model';
export { trainModel } from './train_model';
export type { Model, PipelineProgress, Scorer, TrainModelOptions } from './types';
