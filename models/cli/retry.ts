import { setTimeout as wait } from 'node:timers/promises';
import { errors } from '@elastic/elasticsearch';

const BUSY = new Set([429, 502, 503, 504]);
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/** With the waits between them about a minute: long enough for a node that restarts. */
const TRIES = 9;

/** Whether Elasticsearch may answer a later try: busy (429), restarting (502-504), or out of reach. */
export function mayPass(error: unknown): boolean {
  if (error instanceof errors.ResponseError) return BUSY.has(error.statusCode ?? 0);
  return error instanceof errors.ConnectionError || error instanceof errors.TimeoutError || error instanceof errors.NoLivingConnectionsError;
}

/**
 * Repeats a read that failed for a reason that may pass, with doubling waits (the client's own retries know no 429 and wait
 * for nothing). Half of each wait is drawn at random, so that clients turned away together do not come back together.
 *
 * @throws what the last try threw; AbortError as soon as the signal aborts
 */
export async function withRetry<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await read();
    } catch (error) {
      if (tried === TRIES || !mayPass(error)) throw error;
      const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tried - 1));
      await wait(longest * (0.5 + Math.random() / 2), undefined, { signal });
    }
  }
}
