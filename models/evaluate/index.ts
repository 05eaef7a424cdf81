export { evaluateModel, type EvaluateModelOptions, type RealEvents } from './evaluate';
export { withIndexTrial } from './figures';
export { reportPage } from './html/page';
