export { setChannels, sideSizes, techniqueId } from './channels';
export type * from './types';
export { fitCodec, type FieldFitOptions } from './fit/fit';
export { fitTextCodec, type TextFitOptions } from './text_codec';
export { codecFromJSON } from './serialise';
export { extendCodec, originOf, type Origin } from './extension';
