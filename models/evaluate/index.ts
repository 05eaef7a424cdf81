export { evaluateModel, type EvaluateModelOptions, type RealEvents } from './evaluate';
export { reportPage } from './html/page';
