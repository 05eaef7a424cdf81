import type { TransportRequestOptions } from '@elastic/elasticsearch';
import { fromElasticsearch, isTransient } from './errors';
import { withRetry, type RetryPolicy } from './retry';

export interface CallOptions {
  /** Completes "Could not …" in the error. */
  doing: string;
  signal?: AbortSignal;
  policy?: RetryPolicy;
}

/**
 * Calls Elasticsearch with our own back-off instead of the client's immediate retries, which know no 429. Pass the given
 * transport options on. Errors arrive as LyrebirdErrors. Only for requests that may be repeated.
 */
export async function callElasticsearch<T>(operation: (transport: TransportRequestOptions) => Promise<T>, options: CallOptions): Promise<T> {
  const { doing, signal, policy } = options;
  try {
    return await withRetry(() => operation({ maxRetries: 0, signal }), { policy, signal, isTransient });
  } catch (error) {
    throw fromElasticsearch(error, doing);
  }
}
