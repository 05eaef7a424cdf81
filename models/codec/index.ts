export type * from './types';
export { fitCodec, type FieldFitOptions } from './fit/fit';
export { fitTextCodec, type TextFitOptions } from './text_codec';
export { codecFromJSON } from './serialise';
export type { Condition, Conditions, PinValue, Range } from './condition';
export type { Hours } from './hours';
