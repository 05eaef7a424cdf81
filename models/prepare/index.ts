export { chooseFields, countSkip, prepareHit } from './prepare';
export type { EventFields, SkipReason } from './prepare';
