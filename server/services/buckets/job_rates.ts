import type { Client, estypes } from '@elastic/elasticsearch';
import type { BucketTailsJson } from '../../../common';
import { callElasticsearch, changeDocuments } from '../../elasticsearch';
import { Normaliser, normaliserDocument, type NormaliserJson } from './normaliser';
import type { JobBuckets } from './places';

/** For so long after a bucket's end its events may still turn out to be the beginning of something, ms. */
const SETTLED_MS = 1_800_000;
const BIN = 0.1;
const PAGE = 1_000;
/** Results that are scored anew in one go, at most: the oddest. */
const MAX_RENORMALISED = 20_000;
/** Below this level (a score of 78) a person does not see what changes. */
const SEEN_FROM = 1.5;
/** Scores that differ by less than this are the same. */
const LEAST_CHANGE = 1e-9;

export interface RatesCheckpoint {
  normaliser: NormaliserJson;
  /** Buckets that start before this time, ms, are in the sketches. */
  closedTo?: number;
  /** What the results were last scored anew with. */
  reference: { entities: number[]; buckets: number[] };
}

interface Found {
  key: { type: 'influencer' | 'bucket'; start: number; level: number };
  doc_count: number;
}

/** What a job has seen of buckets, and what that makes of their scores: the job's part of the checkpoint that scores depend on. */
export class JobRates {
  readonly normaliser: Normaliser;
  private closedTo?: number;
  private reference: RatesCheckpoint['reference'];
  private readonly windowMs: number;
  private isPublished = false;

  constructor(
    private readonly client: Client,
    private readonly jobBuckets: JobBuckets,
    { tails, windowMs, checkpoint }: { tails?: BucketTailsJson; windowMs: number; checkpoint?: RatesCheckpoint },
    private readonly signal?: AbortSignal
  ) {
    this.windowMs = windowMs;
    this.normaliser = new Normaliser({ ...checkpoint?.normaliser, tails, window_ms: windowMs });
    this.closedTo = checkpoint?.closedTo;
    this.reference = checkpoint?.reference ?? { entities: [], buckets: [] };
  }

  checkpoint(): RatesCheckpoint {
    return { normaliser: this.normaliser.toJSON(), ...(this.closedTo !== undefined && { closedTo: this.closedTo }), reference: this.reference };
  }

  /** Takes in the buckets that are over, as they stand in the index. To be checkpointed with the batch that has brought the time of the newest event, ms. */
  async close(newest: number): Promise<void> {
    const { index, jobId, spanSeconds } = this.jobBuckets;
    const span = spanSeconds * 1000;
    const to = Math.floor((newest - SETTLED_MS) / span) * span;
    if (!Number.isFinite(to) || to <= (this.closedTo ?? -Infinity)) return;
    const range: estypes.QueryDslQueryContainer = { range: { timestamp: { lt: to, ...(this.closedTo !== undefined && { gte: this.closedTo }), format: 'epoch_millis' } } };
    await this.refresh();
    let after: Found['key'] | undefined;
    do {
      const answer = await callElasticsearch(
        (transport) =>
          this.client.search<unknown, { levels: { buckets: Found[]; after_key?: Found['key'] } }>(
            {
              index,
              size: 0,
              track_total_hits: false,
              query: { bool: { filter: [{ term: { job_id: jobId } }, { terms: { result_type: ['influencer', 'bucket'] } }, range] } },
              aggs: {
                levels: {
                  composite: {
                    size: PAGE,
                    ...(after && { after }),
                    sources: [{ start: { terms: { field: 'timestamp' } } }, { type: { terms: { field: 'result_type' } } }, { level: { histogram: { field: 'lyrebird.level', interval: BIN } } }],
                  },
                },
              },
            },
            transport
          ),
        { doing: 'read how rare buckets were', signal: this.signal }
      );
      const { buckets, after_key } = answer.aggregations!.levels;
      // The middle of a step of the histogram, which begins where the sketch's do.
      for (const { key, doc_count } of buckets) this.normaliser[key.type === 'bucket' ? 'buckets' : 'entities'].add(key.start, key.level + BIN / 2, doc_count);
      after = buckets.length < PAGE ? undefined : after_key;
    } while (after !== undefined);
    this.closedTo = to;
    this.isPublished = false;
  }

  /** Stores what scores are made with now, for whoever recounts. Once it is checkpointed. */
  async publish(): Promise<void> {
    if (this.isPublished) return;
    const { index, jobId } = this.jobBuckets;
    const { id, document } = normaliserDocument(jobId, this.normaliser);
    await callElasticsearch((transport) => this.client.index({ index, id, document }, transport), { doing: 'store how rare buckets are', signal: this.signal });
    this.isPublished = true;
  }

  /**
   * Scores the results of the window anew where what was seen since has changed what they mean by a tenth or more. Initial scores stay. Returns whether it did;
   * then the checkpoint is another.
   *
   * @param whole whatever has changed, and of all levels
   */
  async renormalise(whole = false): Promise<boolean> {
    const { entities, buckets } = this.normaliser;
    const due = { entities: whole || entities.differsFrom(this.reference.entities), buckets: whole || buckets.differsFrom(this.reference.buckets) };
    if (!due.entities && !due.buckets) return false;
    await this.refresh();
    if (due.entities) await this.rewrite('influencer', 'influencer_score', (level) => this.normaliser.entityScore(level), whole);
    if (due.buckets) await this.rewrite('bucket', 'anomaly_score', (level) => this.normaliser.bucketScore(level), whole);
    this.reference = { entities: due.entities ? entities.reference() : this.reference.entities, buckets: due.buckets ? buckets.reference() : this.reference.buckets };
    return true;
  }

  private async rewrite(type: 'influencer' | 'bucket', field: 'influencer_score' | 'anomaly_score', scoreOf: (level: number) => number, whole: boolean): Promise<void> {
    const { index, jobId } = this.jobBuckets;
    const newest = Math.max(this.normaliser.entities.newest, this.normaliser.buckets.newest);
    let after: unknown[] | undefined;
    for (let read = 0; read < MAX_RENORMALISED; read += PAGE) {
      const { hits } = await callElasticsearch(
        (transport) =>
          this.client.search<{ lyrebird: { level: number } } & Partial<Record<typeof field, number>>>(
            {
              index,
              size: PAGE,
              track_total_hits: false,
              seq_no_primary_term: true,
              _source: ['lyrebird.level', field],
              query: {
                bool: {
                  filter: [
                    { term: { job_id: jobId } },
                    { term: { result_type: type } },
                    { range: { 'lyrebird.level': { gte: whole ? 0 : SEEN_FROM } } },
                    { range: { timestamp: { gte: newest - this.windowMs, format: 'epoch_millis' } } },
                  ],
                },
              },
              sort: [{ 'lyrebird.level': 'desc' }, { timestamp: 'desc' }, ...(type === 'influencer' ? [{ influencer_field_value: 'asc' as const }] : [])],
              ...(after && { search_after: after as string[] }),
            },
            transport
          ),
        { doing: 'read earlier buckets', signal: this.signal }
      );
      const operations = hits.hits.flatMap(({ _id, _source, _seq_no, _primary_term }) => {
        const score = scoreOf(_source!.lyrebird.level);
        if (Math.abs(score - (_source![field] ?? -1)) < LEAST_CHANGE) return [];
        // What somebody has recounted meanwhile is right already.
        return [{ update: { _index: index, _id: _id!, if_seq_no: _seq_no, if_primary_term: _primary_term } }, { doc: { [field]: score } }];
      });
      await changeDocuments(this.client, operations, { doing: 'score earlier buckets anew', signal: this.signal, fine: [409, 404] });
      after = hits.hits.at(-1)?.sort;
      if (hits.hits.length < PAGE) return;
    }
  }

  private async refresh(): Promise<void> {
    await callElasticsearch((transport) => this.client.indices.refresh({ index: this.jobBuckets.index }, transport), { doing: 'read what was written last', signal: this.signal });
  }
}
