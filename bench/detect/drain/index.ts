export { Drain, type DrainOptions, type Template } from './drain';
export { groupingAccuracy } from './grouping_accuracy';
export { DEFAULT_MASKS, WILDCARD, type Mask } from './masking';
