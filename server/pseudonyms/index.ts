export { ModelPseudonyms } from './model_pseudonyms';
export { generationNames, type GenerationNames } from './generation';
export { entityAliases, revealAnomalies, revealRecord, type RecordReveal } from './records';
export { pseudonymsAudit } from './audit';
