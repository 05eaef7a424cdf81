export { JobRates, type RatesCheckpoint } from './job_rates';
export { BucketLedger, Changes } from './ledger';
export type { JobBuckets } from './places';
export { recountBuckets } from './recount';
