export { asKnownType, chooseFields, entityOf, prepareHit } from './prepare';
export type { EventFields, SkipReason } from './prepare';
export { isEnd, withEnd } from './session_end';
export { findEntityFields, isName } from './entity_fields';
export { findTimeFields } from './time_fields';
