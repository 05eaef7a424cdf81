export { roc } from './distances';
export { evaluateModel, type EvaluateModelOptions, type RealEvents } from './evaluate';
export { figureText, withIndexTrial } from './figures';
export { reportPage } from './html/page';
