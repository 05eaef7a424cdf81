export { setChannels, sideSizes, techniqueId } from './channels';
export type * from './types';
export { fitCodec, type FieldFitOptions } from './fit/fit';
export { SESSION_END } from './session_end';
export { fitTextCodec, type TextFitOptions } from './text_codec';
export { codecFromJSON } from './serialise';
export { extendCodec, originOf, type Origin } from './extension';
