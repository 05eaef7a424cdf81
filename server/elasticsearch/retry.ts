import { setTimeout as sleep } from 'node:timers/promises';
import { LyrebirdError } from '../../common';

export interface RetryPolicy {
  /** Tries in all. */
  attempts: number;
  /** Wait before the second try; doubles with each further one. */
  firstDelayMs: number;
  maxDelayMs: number;
}

/** Rides out about half a minute of a cluster or node that is busy or restarting. */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 8, firstDelayMs: 250, maxDelayMs: 8_000 };

export interface RetryOptions {
  policy?: RetryPolicy;
  signal?: AbortSignal;
  /** Whether the operation may be tried again after this error. */
  isTransient(error: unknown): boolean;
}

/** Rejects with LYREBIRD_CANCELLED once the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'The job was cancelled.', 'Resume it or start it again.');
}

/** Exponential back-off with full jitter on the upper half, so that many clients do not return at once. */
export function retryDelay(policy: RetryPolicy, attempt: number): number {
  const delay = Math.min(policy.firstDelayMs * 2 ** attempt, policy.maxDelayMs);
  return delay / 2 + (Math.random() * delay) / 2;
}

/** Waits, or rejects with LYREBIRD_CANCELLED when the signal is aborted meanwhile. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  }
}

/** Runs an idempotent operation again while its errors are transient. The last error is thrown as it came. */
export async function withRetry<T>(operation: () => Promise<T>, { policy = DEFAULT_RETRY, signal, isTransient }: RetryOptions): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    throwIfCancelled(signal);
    try {
      return await operation();
    } catch (error) {
      throwIfCancelled(signal);
      if (attempt + 1 >= policy.attempts || !isTransient(error)) throw error;
      await pause(retryDelay(policy, attempt), signal);
    }
  }
}
