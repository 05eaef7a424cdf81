export { Calibration } from './calibration';
export { addDrift, ageOf, driftSchema, noDrift, type Drift } from './drift';
export { EvidenceStream } from './evidence';
export type { Evidence } from './evidence';
export { HINDSIGHT_MS, type Revised } from './hindsight';
export { HistoryBuilder } from './history';
export { visitLeaves } from './leaves';
export { StreamScorer } from './scorer';
export type { ReadEvent } from './scorer';
