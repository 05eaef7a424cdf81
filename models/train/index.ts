export * from './types';
export { train, type TrainControl } from './train';
export { TokenFile, TokenFileWriter, readTokenFileInfo, type TokenFileInfo } from './token_files';
export { loadWeights, writeWeights } from './checkpoint';
export { learningRate } from './schedule';
export { lossByTechnique, type TechniqueLoss } from './technique_loss';
