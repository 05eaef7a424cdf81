import type { z } from 'zod';
import { ANOMALIES_INDEX_PREFIX, spanSeconds, startScoreSchema, type DatafeedState, type LogHit, type ModelCard, type PluginJob, type RevisedEvent, type Skipped } from '../../../common';
import { pseudonymisedHit, type EventPseudonymiser } from '../../../common/pseudonyms';
import type { LyrebirdConfig } from '../../config';
import { BulkWriter, callElasticsearch, ensureIndex } from '../../elasticsearch';
import type { ActiveJob, JobPatch } from '../../jobs';
import { applyRule, eventsOf, JobRules, unapplyRule, type EntityNames, type EventReference, type RuleStore } from '../../rules';
import { anomalyId, ANOMALIES_MAPPING, hiddenBy, recordOf, type ScoringRun } from '../anomaly_documents';
import { BucketLedger, Changes, JobRates, recountBuckets, type JobBuckets, type RatesCheckpoint } from '../buckets';
import type { SearchHit, SortValues } from '../point_in_time';
import { added, type ScoringSession } from './scoring_session';
import { SeenEvents, type SeenCheckpoint } from './seen_events';

export type ScoreParams = z.output<typeof startScoreSchema>;
const MAX_SAMPLES = 5;
/** What buckets of so many days, or of so many buckets, were like says how rare one is: whichever is longer. */
const WINDOW = { days: 30, buckets: 100 };
const DAY_MS = 86_400_000;
/** Numbers that stand for ids are remembered for so many events: more than happen to be revised. */
const MAX_NUMBERED = 50_000;

/** Everything up to and with `cursor` is scored and written, and the late events of `seen`. */
export interface ScoreCheckpoint {
  /** Absent: nothing was read yet. */
  cursor?: SortValues;
  /**
   * Where the last batches began, the oldest first: a resumed run reads them again to give the node the entities' context. `after` is
   * absent for the very first.
   */
  recent: Array<{ after?: SortValues; events: number }>;
  /** What scores of buckets are made with. */
  rates?: RatesCheckpoint;
  /** Runs so far: each has sessions of its own on the node. */
  runs: number;
  /** Batches so far. */
  batches: number;
  /** Of a job that scores in real time. */
  seen?: SeenCheckpoint;
  /** Rules that the records follow. */
  rules: string[];
}

const EMPTY: ScoreCheckpoint = { recent: [], runs: 0, batches: 0, rules: [] };

export interface ScoringResultsOptions {
  job: ActiveJob;
  params: ScoreParams;
  card: ModelCard;
  limits: LyrebirdConfig['limits'];
  rules: { store: RuleStore; names: EntityNames };
}

/** How far a batch brings the job, as people see it. */
export interface BatchProgress extends Pick<JobPatch, 'progress' | 'eta_seconds'> {
  /** Of a job in real time. */
  datafeed?: DatafeedState;
}

/**
 * What a scoring job has found: batches of events become records, influencers and buckets in `lyrebird-anomalies-<job>`, and a
 * checkpoint, which is stored after a batch's documents are. A run that was killed in between writes the same documents under the same
 * ids again, so that everything counts once.
 */
export class ScoringResults {
  readonly index: string;
  readonly seen?: SeenEvents;
  private readonly run: ScoringRun;
  private readonly jobBuckets: JobBuckets;
  private readonly ledger: BucketLedger;
  private readonly rates: JobRates;
  /** Buckets written since the rules were last read: whoever made one meanwhile may not have seen what was on its way. */
  private readonly unruled = new Set<number>();
  /** Of events that were sent under numbers, the last of them. */
  private readonly numbers = new Map<string, EventReference>();
  private numbered = 0;

  private constructor(
    private readonly options: ScoringResultsOptions,
    private checkpoint: ScoreCheckpoint,
    seen: SeenEvents | undefined,
    private readonly rules: JobRules
  ) {
    const { job, params, card } = options;
    this.index = `${ANOMALIES_INDEX_PREFIX}${job.job.id}`;
    this.seen = seen;
    this.run = { jobId: job.job.id, modelId: params.model_id, bucketSpan: spanSeconds(params.bucket_span), entityField: card.entity_fields[0] ?? 'entity', minRecordScore: params.min_record_score };
    const { client, signal } = job;
    this.jobBuckets = { index: this.index, jobId: this.run.jobId, spanSeconds: this.run.bucketSpan };
    this.ledger = new BucketLedger(client, this.index, this.run, signal);
    const windowMs = params.renormalization_window_days === undefined ? Math.max(WINDOW.days * DAY_MS, WINDOW.buckets * this.run.bucketSpan * 1000) : params.renormalization_window_days * DAY_MS;
    this.rates = new JobRates(client, this.jobBuckets, { tails: card.buckets?.[params.bucket_span], windowMs, checkpoint: checkpoint.rates }, signal);
  }

  /** As the job's checkpoint has it. Makes the index where it is not there. */
  static async open(options: ScoringResultsOptions): Promise<ScoringResults> {
    const { job, params } = options;
    const { client, signal } = job;
    const index = `${ANOMALIES_INDEX_PREFIX}${job.job.id}`;
    await ensureIndex(client, { index, mappings: ANOMALIES_MAPPING, settings: { number_of_shards: 1, auto_expand_replicas: '0-1' } }, { signal });
    // A job of an earlier version goes on with what this one writes.
    if (job.checkpoint !== undefined) await callElasticsearch((transport) => client.indices.putMapping({ index, properties: ANOMALIES_MAPPING.properties }, transport), { doing: `prepare "${index}"`, signal });
    const checkpoint = { ...EMPTY, ...(job.checkpoint as Partial<ScoreCheckpoint> | undefined) };
    checkpoint.runs++;
    const check = params.datafeed?.delayed_data_check_config;
    const seen = check?.enabled ? await SeenEvents.load(client, index, job.job.id, spanSeconds(check.check_window), checkpoint.seen, checkpoint.batches, signal) : undefined;
    const rules = new JobRules({ ...options.rules, client, jobId: job.job.id, followed: checkpoint.rules, signal });
    const results = new ScoringResults(options, checkpoint, seen, rules);
    await results.ledger.takeBack(new BulkWriter({ client, maxBytes: options.limits.bulkBytes, signal }), checkpoint.batches, results.rates.normaliser);
    await results.rates.publish();
    return results;
  }

  get runs(): number {
    return this.checkpoint.runs;
  }
  /** The newest event of those read in order. */
  get cursor(): SortValues | undefined {
    return this.checkpoint.cursor;
  }
  /** Where to read again from, so that the node has the entities' context. */
  get warmUp(): SortValues | undefined {
    return this.checkpoint.recent[0]?.after;
  }

  /**
   * Scores a batch and writes what is found; it counts once this has resolved. `late` events are out of order: the cursor stays. Events
   * of a model with pseudonyms go to the node, and into the documents, with theirs.
   */
  async take(session: ScoringSession, hits: readonly SearchHit[], how: { late: boolean; pseudonymiser?: EventPseudonymiser; failedShards?: number; progress: () => BatchProgress }): Promise<void> {
    const { job, params, limits } = this.options;
    const { client, signal } = job;
    const setAside: NonNullable<PluginJob['set_aside']> = [];
    const { sent, positions } = this.asSent(hits, how.pseudonymiser, setAside);
    const answer = await session.score(sent);
    await this.readRules();
    const hitAt = (seq: number) => hits[positions[seq]];
    setAside.push(...answer.setAside.map(({ seq, reason }) => ({ index: hitAt(seq)._index, id: hitAt(seq)._id, reason })));

    const writer = new BulkWriter({ client, maxBytes: limits.bulkBytes, signal });
    const changes = new Changes(how.late, params.min_record_score);
    const ignored: Skipped = {};
    let records = 0;
    let latest = -Infinity;
    for (const event of answer.events) {
      const time = Date.parse(event.timestamp);
      latest = Math.max(latest, time);
      const place = { start: this.bucketOf(time), entity: event.entity };
      const { _index, _id, _source } = hitAt(event.seq);
      const record = event.score < params.min_record_score ? undefined : recordOf(this.run, event, { index: _index, id: _id });
      const rule = record && this.rules.match(record, _source as LogHit['_source']);
      changes.add(place, event, rule !== undefined);
      if (record === undefined) continue;
      if (rule === undefined) records++;
      else ignored[rule] = (ignored[rule] ?? 0) + 1;
      await writer.add({ type: 'index', index: this.index, id: anomalyId('record', this.run.jobId, _index, _id), document: rule === undefined ? record : hiddenBy(rule, record) });
    }
    records += await this.revise(answer.revised, how.pseudonymiser !== undefined, changes, writer);
    // Influencers and buckets are counted from what stands in the index.
    await writer.flush();
    const batch = this.checkpoint.batches + 1;
    await this.ledger.write(writer, changes, batch, this.rates.normaliser);
    for (const start of changes.starts) this.unruled.add(start);
    await this.rates.close(latest);
    for (const hit of hits) this.seen?.add(hit, timeOf(hit));
    for (const { id, document } of this.seen?.documents(batch) ?? []) await writer.add({ type: 'index', index: this.index, id, document });
    await writer.flush();

    const before = job.job;
    const { progress, eta_seconds, datafeed } = how.progress();
    this.checkpoint = {
      ...this.checkpoint,
      ...(how.late ? {} : this.after(hits)),
      rates: this.rates.checkpoint(),
      batches: batch,
      seen: this.seen?.checkpoint(),
    };
    await job.save(this.checkpoint, {
      counts: {
        ...before.counts,
        read: before.counts.read + hits.length,
        scored: before.counts.scored + answer.events.length,
        records: before.counts.records + records,
        written: before.counts.written + writer.counts.written,
        refused: before.counts.refused + writer.counts.refused,
      },
      skipped: [answer.skipped, reasonsOf(setAside), how.failedShards ? { failed_shards: how.failedShards } : {}].reduce(added, before.skipped),
      refusals: added(before.refusals, writer.counts.refusals),
      refusal_samples: [...(before.refusal_samples ?? []), ...writer.samples].slice(0, MAX_SAMPLES),
      ...(Object.keys(ignored).length > 0 ? { ignored: added(before.ignored ?? {}, ignored) } : {}),
      ...(setAside.length > 0 ? { set_aside: differing([...(before.set_aside ?? []), ...setAside]) } : {}),
      ...(datafeed ? { datafeed: newest(datafeed, answer.events.length > 0 ? latest : undefined) } : {}),
      progress,
      eta_seconds,
    });
    await this.forget(this.seen?.settle() ?? []);
    await this.rates.publish();
    await this.renormalise();
    await this.followRules();
  }

  /** Scores all results of the window with what is known by now. */
  async finish(): Promise<void> {
    await this.renormalise(true);
  }

  private async renormalise(whole = false): Promise<void> {
    if (!(await this.rates.renormalise(whole))) return;
    this.checkpoint = { ...this.checkpoint, rates: this.rates.checkpoint() };
    await this.options.job.save(this.checkpoint);
  }

  private async readRules(now = false): Promise<void> {
    if ((await this.rules.refresh(now)) && this.rules.changes === undefined) this.unruled.clear();
  }

  /** An event as the node gets it. An id may name somebody: with pseudonyms a number stands for it. */
  toLogHit(hit: SearchHit, pseudonymiser?: EventPseudonymiser): LogHit {
    if (!pseudonymiser) return { _id: hit._id, _index: hit._index, _source: hit._source as LogHit['_source'] };
    const sent = { ...pseudonymisedHit(pseudonymiser, hit), _id: String(this.numbered++) };
    this.numbers.set(sent._id, { index: hit._index, id: hit._id });
    // What came longer ago is revised no more.
    if (this.numbers.size > MAX_NUMBERED) this.numbers.delete(this.numbers.keys().next().value!);
    return sent;
  }

  /** The events as the node gets them, and where each was; one that cannot be given pseudonyms is not sent. */
  private asSent(hits: readonly SearchHit[], pseudonymiser: EventPseudonymiser | undefined, setAside: NonNullable<PluginJob['set_aside']>): { sent: LogHit[]; positions: number[] } {
    const sent: LogHit[] = [];
    const positions: number[] = [];
    hits.forEach((hit, position) => {
      try {
        sent.push(this.toLogHit(hit, pseudonymiser));
        positions.push(position);
      } catch (error) {
        setAside.push({ index: hit._index, id: hit._id, reason: (error as Error).message });
      }
    });
    return { sent, positions };
  }

  private referenceOf({ index, id }: RevisedEvent, pseudonymised: boolean): EventReference | undefined {
    if (index === undefined || id === undefined) return undefined;
    return pseudonymised ? this.numbers.get(id) : { index, id };
  }

  /** Writes records of earlier events that these have shown to be a beginning; returns how many were none until now. */
  private async revise(revised: readonly RevisedEvent[], pseudonymised: boolean, changes: Changes, writer: BulkWriter): Promise<number> {
    const { params, job } = this.options;
    const least = params.min_record_score;
    const risen = revised.flatMap((event) => {
      const reference = this.referenceOf(event, pseudonymised);
      return event.score >= least && reference ? [{ event, reference }] : [];
    });
    const eventAt = await eventsOf(job.client, this.rules.needEvents ? risen.map(({ reference }) => reference) : [], job.signal);
    let records = 0;
    for (const { event, reference } of risen) {
      const record = recordOf(this.run, event, reference);
      const rule = this.rules.match(record, eventAt(reference));
      await writer.add({ type: 'index', index: this.index, id: anomalyId('record', this.run.jobId, reference.index, reference.id), document: rule === undefined ? record : hiddenBy(rule, record) });
      if (rule !== undefined) continue;
      if (event.previous_score < least) records++;
      changes.touch({ start: this.bucketOf(Date.parse(event.timestamp)), entity: event.entity });
    }
    return records;
  }

  /**
   * Brings what is written in line with rules that were made or undone meanwhile: whoever made one has changed what was there, but not what
   * was on its way. Only right after a checkpoint, when the index holds what the checkpoint says.
   */
  private async followRules(): Promise<void> {
    const { changes } = this.rules;
    if (!changes) return;
    const { job } = this.options;
    const { client, signal } = job;
    for (const rule of changes.added) await applyRule(client, { ...rule, scope: { ...rule.scope, job_id: job.job.id } }, signal);
    for (const id of changes.undone) await unapplyRule(client, { id, index: this.index }, this.rules.inForce, signal);
    await recountBuckets(client, this.jobBuckets, [...this.unruled], signal);
    this.unruled.clear();
    this.checkpoint = { ...this.checkpoint, rules: this.rules.follow() };
    await job.save(this.checkpoint);
  }

  /** Stores what has changed without any event, such as what is known to be missing. */
  async save(patch: JobPatch): Promise<void> {
    this.checkpoint = { ...this.checkpoint, seen: this.seen?.checkpoint() };
    await this.options.job.save(this.checkpoint, patch);
    await this.readRules(true);
    await this.followRules();
  }

  /** So that searches find everything. */
  async refresh(): Promise<void> {
    await this.options.job.client.indices.refresh({ index: this.index }, { maxRetries: 0 }).catch(() => undefined);
  }

  private after(hits: readonly SearchHit[]): Pick<ScoreCheckpoint, 'cursor' | 'recent'> {
    const { cursor, recent } = this.checkpoint;
    const all = [...recent, { ...(cursor === undefined ? {} : { after: cursor }), events: hits.length }];
    // As many of the last batches as make a whole one.
    const enough = Math.min(this.options.limits.scoreBatch, this.options.limits.pageSize);
    for (let events = all.reduce((sum, batch) => sum + batch.events, 0); all.length > 1 && events - all[0].events >= enough; ) events -= all.shift()!.events;
    return { cursor: hits[hits.length - 1].sort, recent: all };
  }

  private bucketOf(time: number): number {
    const span = this.run.bucketSpan * 1000;
    return Math.floor(time / span) * span;
  }

  private async forget(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    const { client, signal } = this.options.job;
    const operations = ids.map((id) => ({ delete: { _index: this.index, _id: id } }));
    // What stays because of an error is in nobody's way.
    await callElasticsearch((transport) => client.bulk({ operations }, transport), { doing: 'forget which events were scored', signal }).catch(() => undefined);
  }
}

/** Time of a hit of a search in time order, ms. */
export const timeOf = (hit: SearchHit): number => Number(hit.sort[0]);

/** Counted apart from what the node skips: these it could not work with. */
function reasonsOf(setAside: NonNullable<PluginJob['set_aside']>): Skipped {
  return setAside.length === 0 ? {} : { not_scorable: setAside.length };
}

/** The first event of each reason. */
function differing(setAside: NonNullable<PluginJob['set_aside']>): NonNullable<PluginJob['set_aside']> {
  return setAside.filter(({ reason }, n) => setAside.findIndex((event) => event.reason === reason) === n).slice(0, MAX_SAMPLES);
}

function newest(datafeed: DatafeedState, latest: number | undefined): DatafeedState {
  if (latest === undefined || latest <= Date.parse(datafeed.latest_record_timestamp ?? '1970-01-01T00:00:00Z')) return datafeed;
  return { ...datafeed, latest_record_timestamp: new Date(latest).toISOString() };
}
