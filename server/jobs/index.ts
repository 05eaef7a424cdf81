export { ActiveJob } from './active_job';
export type { JobPatch } from './active_job';
export { jobStream } from './job_stream';
export { JobStore } from './job_store';
export { Jobs } from './jobs';
export type { JobWork, JobWorks } from './jobs';
