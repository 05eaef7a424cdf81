export { chooseFields, prepareHit } from './prepare';
export type { EventFields, SkipReason } from './prepare';
