import type { Client } from '@elastic/elasticsearch';
import { evidenceOf, LyrebirdError, NO_EVIDENCE, surpriseOf, together, type BucketEvidence, type ScoredEvent } from '../../../common';
import { callElasticsearch, changeDocuments, type BulkWriter } from '../../elasticsearch';
import { anomalyId, type ScoringRun } from '../anomaly_documents';
import { oddsOf, type Normaliser } from './normaliser';
import { placeKey, type JobBuckets, type Place } from './places';
import { NO_RECORDS, recordsOf } from './records_of';
import { settleBuckets } from './settle';

const MGET = 1_000;

/** What a job knows of an entity's bucket beside the records in the index. */
export interface OwnState {
  events: number;
  /** Events that were no records by what could be said when they came. */
  rest: BucketEvidence;
  /** What could be said when the events came, in order; absent: they all came late. */
  initial?: BucketEvidence;
  initial_score?: number;
}

/** The part of an influencer's document that is undone where its batch never counted. */
interface Owned {
  lyrebird: { batch: number; own: { state: OwnState; before: OwnState | null } };
}

/** What a batch brings to one entity's bucket. */
export interface Change extends Place {
  events: number;
  rest: BucketEvidence;
  /** Absent: nothing that came in order. */
  initial?: BucketEvidence;
}

/** The changes of one batch. */
export class Changes {
  private readonly all = new Map<string, Change>();

  constructor(
    private readonly late: boolean,
    private readonly minRecordScore: number
  ) {}

  /** An event that came. */
  add(place: Place, { initial_score }: Pick<ScoredEvent, 'initial_score'>, hidden: boolean): void {
    const change = this.touch(place);
    const evidence = evidenceOf(surpriseOf(initial_score));
    change.events++;
    if (initial_score < this.minRecordScore) change.rest = together(change.rest, evidence);
    if (!this.late) change.initial = together(change.initial ?? NO_EVIDENCE, hidden ? NO_EVIDENCE : evidence);
  }

  /** Something of it is to be counted anew. */
  touch({ start, entity }: Place): Change {
    const key = placeKey({ start, entity });
    const change = this.all.get(key) ?? { start, entity, events: 0, rest: NO_EVIDENCE };
    this.all.set(key, change);
    return change;
  }

  get places(): Change[] {
    return [...this.all.values()];
  }
  get starts(): number[] {
    return [...new Set(this.places.map(({ start }) => start))];
  }
}

/**
 * A job's influencers and buckets. What they know lies in their own documents, so that any of them can change at any time, however many there are;
 * each holds what it was before its last batch, too, so that what a killed run has written beyond its checkpoint can be taken back.
 */
export class BucketLedger {
  private readonly jobBuckets: JobBuckets;

  constructor(
    private readonly client: Client,
    index: string,
    private readonly run: ScoringRun,
    private readonly signal?: AbortSignal
  ) {
    this.jobBuckets = { index, jobId: run.jobId, spanSeconds: run.bucketSpan };
  }

  /** Takes back what was written after the batch that was checkpointed last. May be repeated. */
  async takeBack(writer: BulkWriter, batches: number, normaliser: Normaliser): Promise<void> {
    const { client, signal } = this;
    const { index, jobId } = this.jobBuckets;
    await this.refresh();
    const starts = new Set<number>();
    for (;;) {
      const { hits } = await callElasticsearch(
        (transport) =>
          client.search<Owned & { timestamp: string }>(
            { index, size: MGET, query: { bool: { filter: [{ term: { job_id: jobId } }, { term: { result_type: 'influencer' } }, { range: { 'lyrebird.batch': { gt: batches } } }] } } },
            transport
          ),
        { doing: 'read what was written last', signal }
      );
      if (hits.hits.length === 0) break;
      const operations = hits.hits.flatMap(({ _id, _source }): object[] => {
        starts.add(Date.parse(_source!.timestamp));
        const { before } = _source!.lyrebird.own;
        if (before === null) return [{ delete: { _index: index, _id: _id! } }];
        const lyrebird = { ..._source!.lyrebird, batch: batches, own: { state: before, before: null } };
        return [{ index: { _index: index, _id: _id! } }, { ..._source!, event_count: before.events, lyrebird }];
      });
      await changeDocuments(client, operations, { doing: 'take back what was written last', signal, refresh: true });
    }
    await settleBuckets(client, writer, [...starts], { jobBuckets: this.jobBuckets, modelId: this.run.modelId, normaliser, inOrder: new Set(), signal });
  }

  /** Writes what a batch has changed. Its records stand in the index by now. */
  async write(writer: BulkWriter, changes: Changes, batch: number, normaliser: Normaliser): Promise<void> {
    const { places, starts } = changes;
    if (places.length === 0) return;
    const { client, signal, jobBuckets, run } = this;
    const { index, jobId, spanSeconds } = jobBuckets;
    await this.refresh();
    const states = await this.statesOf(places);
    const records = await recordsOf(client, jobBuckets, starts, [...new Set(places.map(({ entity }) => entity))], signal);
    const inOrder = new Set<number>();
    for (const place of places) {
      const { start, entity } = place;
      const before = states.get(placeKey(place));
      const state = added(before, place);
      if (place.initial) inOrder.add(start);
      const initial = state.initial && normaliser.ofEntity(state.initial);
      if (initial) state.initial_score = place.initial || before?.initial_score === undefined ? initial.score : before.initial_score;
      const theirs = records.get(placeKey(place)) ?? NO_RECORDS;
      const { level, score } = normaliser.ofEntity(together(state.rest, theirs.evidence));
      await writer.add({
        type: 'index',
        index,
        id: this.idOf(place),
        document: {
          job_id: jobId,
          result_type: 'influencer',
          timestamp: new Date(start).toISOString(),
          bucket_span: spanSeconds,
          influencer_field_name: run.entityField,
          influencer_field_value: entity,
          influencer_score: score,
          initial_influencer_score: state.initial_score ?? score,
          event_count: state.events,
          lyrebird: {
            model_id: run.modelId,
            entity,
            records: theirs.records,
            level,
            odds: oddsOf(level),
            ...(initial && { initial_odds: oddsOf(initial.level) }),
            batch,
            own: { state, before: before ?? null },
          },
        },
      });
    }
    await writer.flush();
    await this.refresh();
    await settleBuckets(client, writer, starts, { jobBuckets, modelId: run.modelId, normaliser, inOrder, signal });
  }

  private async statesOf(places: readonly Place[]): Promise<Map<string, OwnState>> {
    const states = new Map<string, OwnState>();
    for (let from = 0; from < places.length; from += MGET) {
      const some = places.slice(from, from + MGET);
      const { docs } = await callElasticsearch(
        (transport) => this.client.mget<Partial<Owned>>({ index: this.jobBuckets.index, ids: some.map((place) => this.idOf(place)), _source_includes: ['lyrebird.own'] }, transport),
        { doing: 'read influencers', signal: this.signal }
      );
      docs.forEach((doc, i) => {
        // A shard that is away must not be taken for an entity without a past.
        if ('error' in doc) throw new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `Could not read influencers: ${doc.error.reason ?? doc.error.type}.`, 'The cluster is restarting: it is tried again.');
        const state = '_source' in doc ? doc._source?.lyrebird?.own?.state : undefined;
        if (state) states.set(placeKey(some[i]), state);
      });
    }
    return states;
  }

  private idOf({ start, entity }: Place): string {
    return anomalyId('influencer', this.run.jobId, start, entity);
  }

  private async refresh(): Promise<void> {
    await callElasticsearch((transport) => this.client.indices.refresh({ index: this.jobBuckets.index }, transport), { doing: 'read what was written last', signal: this.signal });
  }
}

function added(before: OwnState | undefined, { events, rest, initial }: Change): OwnState {
  if (before === undefined) return { events, rest, ...(initial && { initial }) };
  const first = before.initial && initial ? together(before.initial, initial) : (initial ?? before.initial);
  return { events: before.events + events, rest: together(before.rest, rest), ...(first && { initial: first }), ...(before.initial_score !== undefined && { initial_score: before.initial_score }) };
}
