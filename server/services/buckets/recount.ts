import type { Client } from '@elastic/elasticsearch';
import { NO_EVIDENCE, together } from '../../../common';
import { BulkWriter, callElasticsearch, changeDocuments } from '../../elasticsearch';
import type { OwnState } from './ledger';
import { oddsOf, readNormaliser } from './normaliser';
import { at, placeKey, type JobBuckets } from './places';
import { NO_RECORDS, recordsOf } from './records_of';
import { settleBuckets } from './settle';

const PAGE = 1_000;
const MAX_BYTES = 5_000_000;

interface Influencer {
  timestamp: string;
  influencer_field_value: string;
  influencer_score: number;
  lyrebird: { model_id: string; level?: number; records?: number; own?: { state: OwnState } };
}

/** Brings buckets and influencers in line with their records after some were hidden or shown, as writing them would have; the initial scores stay. */
export async function recountBuckets(client: Client, jobBuckets: JobBuckets, starts: readonly number[], signal?: AbortSignal): Promise<void> {
  if (starts.length === 0) return;
  const { index, jobId } = jobBuckets;
  await callElasticsearch((transport) => client.indices.refresh({ index }, transport), { doing: 'read the anomalies', signal });
  const normaliser = await readNormaliser(client, index, jobId, signal);
  const records = await recordsOf(client, jobBuckets, starts, undefined, signal);
  let modelId: string | undefined;
  let after: unknown[] | undefined;
  for (;;) {
    const { hits } = await callElasticsearch(
      (transport) =>
        client.search<Influencer>(
          {
            index,
            size: PAGE,
            track_total_hits: false,
            query: { bool: { filter: [{ term: { job_id: jobId } }, { term: { result_type: 'influencer' } }, at(starts)] } },
            sort: [{ timestamp: 'asc' }, { influencer_field_value: 'asc' }],
            ...(after && { search_after: after as string[] }),
          },
          transport
        ),
      { doing: 'read influencers', signal }
    );
    const operations = hits.hits.flatMap(({ _id, _source }) => {
      const { timestamp, influencer_field_value: entity, lyrebird } = _source!;
      modelId ??= lyrebird.model_id;
      const theirs = records.get(placeKey({ start: Date.parse(timestamp), entity })) ?? NO_RECORDS;
      const { level, score } = normaliser.ofEntity(together(lyrebird.own?.state.rest ?? NO_EVIDENCE, theirs.evidence));
      if (level === lyrebird.level && theirs.records === lyrebird.records) return [];
      return [{ update: { _index: index, _id: _id!, retry_on_conflict: 3 } }, { doc: { influencer_score: score, lyrebird: { level, odds: oddsOf(level), records: theirs.records } } }];
    });
    await changeDocuments(client, operations, { doing: 'change influencers', signal, refresh: true });
    after = hits.hits.at(-1)?.sort;
    if (hits.hits.length < PAGE) break;
  }
  if (modelId === undefined) return;
  const writer = new BulkWriter({ client, maxBytes: MAX_BYTES, signal });
  await settleBuckets(client, writer, starts, { jobBuckets, modelId, normaliser, inOrder: new Set(), signal });
  await callElasticsearch((transport) => client.indices.refresh({ index }, transport), { doing: 'change buckets', signal });
}
