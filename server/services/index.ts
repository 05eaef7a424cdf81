export { countRecords, findAnomalies } from './anomalies_service';
export { anomalyDetail } from './anomaly_detail';
export { generate, preview } from './generate_service';
export { revealValues, suggestIdentifierFields } from './identifiers_service';
export { assertModelReadable, readableModels } from './permissions';
export { score } from './score_service';
export { describeFields, listSources } from './sources_service';
export { countSynthetic } from './synthetic_events';
export { train } from './train_service';
