import { LyrebirdError, type Job } from '../../common';
import { pause } from '../elasticsearch';
import type { NodeClient } from './node_client';

const ENDED = new Set<Job['state']>(['completed', 'failed', 'cancelled', 'interrupted']);
const POLL_MS = 1_000;

/**
 * Yields the node's job whenever it changes, until it has ended; the last value has an end state. A stream that breaks is
 * opened again: after a restart the node calls its job interrupted, which is an end. Throws LYREBIRD_NODE_UNAVAILABLE when
 * the node stays out of reach.
 */
export async function* followJob(node: NodeClient, id: string, signal?: AbortSignal): AsyncGenerator<Job> {
  for (;;) {
    // Asks with back-off, so a node that is down for good ends the loop here.
    const job = await node.job(id, signal);
    yield job;
    if (ENDED.has(job.state)) return;
    try {
      for await (const update of node.jobEvents(id, signal)) {
        yield update;
        if (ENDED.has(update.state)) return;
      }
    } catch (error) {
      if (!(error instanceof LyrebirdError) || error.code !== 'LYREBIRD_NODE_UNAVAILABLE') throw error;
    }
    await pause(POLL_MS, signal);
  }
}
