export { evaluateModel, type EvaluateModelOptions, type EvaluateStage, type RealEvents } from './evaluate';
export { reportPage } from './html/page';
