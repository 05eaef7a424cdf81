export { Calibration } from './calibration';
export { EvidenceStream } from './evidence';
export type { Evidence } from './evidence';
export { HistoryBuilder } from './history';
export { visitLeaves } from './leaves';
export { StreamScorer } from './scorer';
export type { ReadEvent } from './scorer';
