export { augmentationUnder, conditionsUnder, entityOf, knownTo, pseudonymisedHit } from './conditions';
export { DEFAULT_KEPT_WORDS, DEFAULT_PUBLIC_DOMAINS } from './kept_words';
export { CryptoPan } from './crypto_pan';
export { EventPseudonymiser, MAX_IDENTIFIERS } from './event_pseudonymiser';
export { PseudonymKey } from './key';
export type { Kind } from './kinds';
export { Pseudonyms, type PseudonymOptions } from './pseudonyms';
export { suggestIdentifiers, SURE, type IdentifierField } from './suggest';
