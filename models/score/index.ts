export { Calibration } from './calibration';
export type { MeasuredEvent } from './calibration';
export { StreamScorer } from './scorer';
