export { Graph, float, int, ints, text } from './graph';
export type { Attribute, Attributes, DataType, Dim, Value } from './graph';
export { Ops } from './ops';
export { Tape } from './tape';
export { Differentiable } from './differentiable';
