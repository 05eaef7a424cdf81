import type { Client } from '@elastic/elasticsearch';
import { NO_EVIDENCE, type BucketEvidence } from '../../../common';
import { callElasticsearch } from '../../elasticsearch';
import { placeKey, within, type JobBuckets } from './places';

const PAGE = 5_000;

/** What an entity's records in a bucket come to. */
export interface RecordsOfPlace {
  records: number;
  evidence: BucketEvidence;
}
export const NO_RECORDS: RecordsOfPlace = { records: 0, evidence: NO_EVIDENCE };

interface Found {
  key: { start: number; entity: string };
  doc_count: number;
  probability: { value: number | null };
  breadth: { value: number };
}

/**
 * Adds up the records of buckets as they stand in the index, those that a rule hides left out, by entity and bucket (`placeKey`). Always read
 * anew: whatever has written or hidden them, they count once.
 *
 * @param entities those asked for; absent: all
 */
export async function recordsOf(client: Client, { index, jobId, spanSeconds }: JobBuckets, starts: readonly number[], entities?: readonly string[], signal?: AbortSignal): Promise<Map<string, RecordsOfPlace>> {
  const found = new Map<string, RecordsOfPlace>();
  if (starts.length === 0) return found;
  let after: Found['key'] | undefined;
  do {
    const answer = await callElasticsearch(
      (transport) =>
        client.search<unknown, { places: { buckets: Found[]; after_key?: Found['key'] } }>(
          {
            index,
            size: 0,
            track_total_hits: false,
            query: {
              bool: {
                filter: [{ term: { job_id: jobId } }, { term: { result_type: 'record' } }, within(starts, spanSeconds), ...(entities ? [{ terms: { 'lyrebird.entity': [...entities] } }] : [])],
                must_not: [{ exists: { field: 'lyrebird.ignored_by' } }],
              },
            },
            aggs: {
              places: {
                composite: {
                  size: PAGE,
                  ...(after && { after }),
                  sources: [{ start: { date_histogram: { field: 'timestamp', fixed_interval: `${spanSeconds}s` } } }, { entity: { terms: { field: 'lyrebird.entity' } } }],
                },
                // Records of earlier versions do not say: they are rare enough to count whole.
                aggs: { probability: { min: { field: 'probability' } }, breadth: { sum: { field: 'lyrebird.breadth', missing: 1 } } },
              },
            },
          },
          transport
        ),
      { doing: 'count the anomalies of a bucket', signal }
    );
    const { buckets, after_key } = answer.aggregations!.places;
    for (const { key, doc_count, probability, breadth } of buckets) {
      const strongest = probability.value === null ? 0 : -Math.log(Math.max(1e-300, probability.value));
      found.set(placeKey(key), { records: doc_count, evidence: { strongest, breadth: Math.round(breadth.value * 1e9) / 1e9 } });
    }
    after = buckets.length < PAGE ? undefined : after_key;
  } while (after !== undefined);
  return found;
}
