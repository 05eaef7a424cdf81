import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, SYNTHETIC_INDEX_PREFIX, type PluginJob } from '../../common';
import { callElasticsearch } from '../elasticsearch';

/**
 * Events that Lyrebird wrote, in its own indices and in those that people named for the given jobs, as far as the user may read
 * them. Events of the organisation that lie in the same index do not count.
 */
export async function countSynthetic(client: Client, jobs: readonly PluginJob[], signal?: AbortSignal): Promise<number> {
  const named = jobs.flatMap(({ type, target_index }) => (type === 'generate' && target_index ? [target_index] : []));
  // Names of many indices do not fit an address; a multi search takes them in its body.
  const header = { index: [...new Set([`${SYNTHETIC_INDEX_PREFIX}*`, ...named])], ignore_unavailable: true, allow_no_indices: true };
  const body = { size: 0, track_total_hits: true, query: { term: { 'lyrebird.synthetic': true } } };
  const { responses } = await callElasticsearch((transport) => client.msearch({ searches: [header, body] }, transport), { doing: 'count the synthetic events', signal });
  const [answer] = responses;
  if ('error' in answer) {
    throw new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `Could not count the synthetic events: ${answer.error.type}: ${answer.error.reason ?? 'no reason given'}`, 'Try again in a moment.');
  }
  const { total } = answer.hits;
  return typeof total === 'number' ? total : (total?.value ?? 0);
}
