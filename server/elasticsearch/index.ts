export { BulkWriter } from './bulk_writer';
export type { BulkCounts, BulkOperation, BulkWriterOptions } from './bulk_writer';
export { callElasticsearch } from './call';
export { fromElasticsearch, isTransient, statusOf } from './errors';
export { ensureIndex } from './index_setup';
export type { IndexSetup } from './index_setup';
export { DEFAULT_RETRY, pause, retryDelay, throwIfCancelled, withRetry } from './retry';
export { Refusals, type Refusal } from './refusals';
export type { RetryPolicy } from './retry';
