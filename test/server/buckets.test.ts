import type { Client } from '@elastic/elasticsearch';
import { BucketTails, evidenceOf, together, NO_EVIDENCE, type ScoredEvent } from '../../common';
import { BulkWriter } from '../../server/elasticsearch';
import { anomalyId, ANOMALIES_MAPPING, hiddenBy, recordOf, shownAgain, type ScoringRun } from '../../server/services/anomaly_documents';
import { BucketLedger, Changes, JobRates, recountBuckets } from '../../server/services/buckets';
import { testElasticsearch } from '../support/elasticsearch';

jest.setTimeout(300_000);

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const LEAST = 90;
let client: Client;
let prefix: string;
let made = 0;

const random = (() => {
  let state = 5;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
})();
const normal = () => 100 * random() * 0.999_999;
/** What six normal events come to, of a thousand entities. */
const tails = BucketTails.fit(Array.from({ length: 1_000 }, () => Array.from({ length: 6 }, () => evidenceOf(-Math.log(1 - normal() / 100))).reduce(together, NO_EVIDENCE)))!.toJSON();

beforeAll(async () => ({ client, prefix } = await testElasticsearch()));

type Stored = Parameters<typeof hiddenBy>[1];

interface Event {
  id: string;
  entity: string;
  time: number;
  score: number;
  initial?: number;
  hidden?: boolean;
}

/** A job's results without a job: batches in, documents out. */
class Results {
  readonly run: ScoringRun = { jobId: `job-${made}`, modelId: 'model', bucketSpan: 3_600, entityField: 'user.name', minRecordScore: LEAST };
  readonly index = `${prefix}results-${made++}`;
  readonly jobBuckets = { index: this.index, jobId: this.run.jobId, spanSeconds: 3_600 };
  rates = new JobRates(client, this.jobBuckets, { tails, windowMs: 30 * 24 * HOUR });
  private readonly ledger = new BucketLedger(client, this.index, this.run);
  private readonly writer = new BulkWriter({ client, maxBytes: 1_000_000 });

  async create(): Promise<this> {
    await client.indices.create({ index: this.index, mappings: ANOMALIES_MAPPING, settings: { number_of_shards: 1, number_of_replicas: 0 } });
    return this;
  }

  async batch(number: number, events: readonly Event[], { late = false, revised = [] as readonly Event[] } = {}): Promise<void> {
    const changes = new Changes(late, LEAST);
    for (const event of events) {
      changes.add(placeOf(event), { initial_score: event.initial ?? event.score }, event.hidden === true);
      if (event.score >= LEAST) await this.record(event);
    }
    for (const event of revised) {
      changes.touch(placeOf(event));
      await this.record(event);
    }
    await this.writer.flush();
    await this.ledger.write(this.writer, changes, number, this.rates.normaliser);
  }

  takeBack(batches: number): Promise<void> {
    return this.ledger.takeBack(this.writer, batches, this.rates.normaliser);
  }

  async found(): Promise<Array<Record<string, unknown>>> {
    await client.indices.refresh({ index: this.index });
    const { hits } = await client.search<Record<string, unknown>>({ index: this.index, size: 10_000, query: { terms: { result_type: ['bucket', 'influencer'] } }, sort: [{ timestamp: 'asc' }, { influencer_field_value: { order: 'asc', missing: '_last' } }] });
    return hits.hits.map(({ _source }) => _source!);
  }

  /** What people and searches see of them. */
  async shown() {
    return (await this.found()).map(({ timestamp, influencer_field_value, influencer_score, initial_influencer_score, anomaly_score, initial_anomaly_score, event_count, lyrebird }) => {
      const { records, level } = lyrebird as { records: number; level: number };
      return { timestamp, influencer_field_value, influencer_score, initial_influencer_score, anomaly_score, initial_anomaly_score, event_count, records, level };
    });
  }

  private async record(event: Event): Promise<void> {
    const { id, entity, time, score, initial = score, hidden } = event;
    const scored: Omit<ScoredEvent, 'seq'> = { timestamp: new Date(time).toISOString(), entity, log_type: 'log', score, initial_score: initial, surprisal: 1, probability: 1 - score / 100, top_fields: [] };
    const record = recordOf(this.run, scored, { index: 'events', id });
    await this.writer.add({ type: 'index', index: this.index, id: anomalyId('record', id), document: hidden ? hiddenBy('rule', record) : record });
  }
}

const placeOf = ({ entity, time }: Event) => ({ start: Math.floor(time / HOUR) * HOUR, entity });
const events = (hours: number, entities: number, score: (hour: number, entity: number) => number): Event[] =>
  Array.from({ length: hours * entities * 6 }, (_, n) => {
    const [hour, entity] = [Math.floor(n / (6 * entities)), n % entities];
    return { id: `e${n}`, entity: `user${entity}`, time: START + hour * HOUR + (n % (6 * entities)) * 1_000, score: score(hour, entity) };
  });
const close = (a: unknown, b: unknown) => expect(rounded(a)).toEqual(rounded(b));
const rounded = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, one: unknown) => (typeof one === 'number' ? Number(one.toFixed(6)) : one)));

test('buckets are the same however their events were cut into batches, and in whatever order they came', async () => {
  const all = events(3, 4, normal);
  const whole = await new Results().create();
  await whole.batch(1, all);
  const parted = await new Results().create();
  await parted.batch(1, all.slice(0, 7).reverse());
  await parted.batch(2, all.slice(7, 50));
  await parted.batch(3, all.slice(50).reverse());
  const shown = await whole.shown();
  expect(shown).toHaveLength(3 * 4 + 3);
  close(await parted.shown(), shown);
});

test('what a killed run has written beyond its checkpoint is taken back, and counts once when it is written again', async () => {
  const all = events(2, 3, normal);
  const whole = await new Results().create();
  await whole.batch(1, all.slice(0, 20));
  const before = await whole.shown();
  await whole.batch(2, all.slice(20));
  const after = await whole.shown();

  const killed = await new Results().create();
  await killed.batch(1, all.slice(0, 20));
  await killed.batch(2, all.slice(20));
  await killed.takeBack(1);
  const counts = (results: Array<{ timestamp: unknown; influencer_field_value: unknown; event_count: unknown }>) => results.map(({ timestamp, influencer_field_value, event_count }) => [timestamp, influencer_field_value, event_count]);
  expect(counts(await killed.shown())).toEqual(counts(before));
  await killed.takeBack(1);
  // Cut otherwise, as a resumed job may.
  await killed.batch(2, all.slice(20, 25));
  await killed.batch(3, all.slice(25));
  close(await killed.shown(), after);
});

test('hindsight, late events and rules change a bucket that is over, and never what could be said at first', async () => {
  const results = await new Results().create();
  const first: Event = { id: 'first', entity: 'ada', time: START, score: 60 };
  await results.batch(1, [first, { id: 'bob', entity: 'bob', time: START + 1, score: 50 }]);
  await results.batch(2, [{ id: 'later', entity: 'ada', time: START + HOUR, score: 50 }]);
  const [ada, bob, , all] = await results.shown().then((shown) => [shown[0], shown[1], shown[3], shown[2]]);
  await results.batch(3, [], { revised: [{ ...first, score: 99.95, initial: 60 }] });
  const risen = await results.shown();
  expect(risen[0]).toMatchObject({ influencer_field_value: 'ada', event_count: 1, records: 1, initial_influencer_score: ada.influencer_score });
  expect(risen[0].influencer_score as number).toBeGreaterThan((ada.influencer_score as number) + 20);
  expect(risen[1]).toEqual(bob);
  expect(risen[2]).toMatchObject({ event_count: 2, records: 1, initial_anomaly_score: all.initial_anomaly_score });
  expect(risen[2].anomaly_score as number).toBeGreaterThan(all.anomaly_score as number);

  await results.batch(4, [{ id: 'late', entity: 'bob', time: START + 5, score: 99.99 }], { late: true });
  const late = await results.shown();
  expect(late[1]).toMatchObject({ influencer_field_value: 'bob', event_count: 2, records: 1, initial_influencer_score: bob.initial_influencer_score });
  expect(late[1].influencer_score as number).toBeGreaterThan(bob.influencer_score as number);
});

test('counting anew gives what writing gives: where a rule hides records, and where it does no more', async () => {
  const all = events(4, 5, normal);
  const ruled = (event: Event): Event => ({ ...event, hidden: event.entity === 'user2' && event.score >= LEAST });
  const [open, hidden] = [await new Results().create(), await new Results().create()];
  await open.rates.publish();
  await hidden.rates.publish();
  await open.batch(1, all);
  await hidden.batch(1, all.map(ruled));
  const [shown, without] = [await open.shown(), await hidden.shown()];
  const starts = [0, 1, 2, 3].map((hour) => START + hour * HOUR);
  const scores = (results: typeof shown) => results.map(({ initial_influencer_score: _, initial_anomaly_score: __, ...rest }) => rest);
  const mark = async (change: (record: Stored) => Stored) => {
    const { hits } = await client.search<Stored>({ index: open.index, size: 1_000, query: { bool: { filter: [{ term: { result_type: 'record' } }, { term: { 'lyrebird.entity': 'user2' } }] } } });
    expect(hits.hits.length).toBeGreaterThan(0);
    await client.bulk({ operations: hits.hits.flatMap(({ _id, _source }) => [{ index: { _index: open.index, _id: _id! } }, change(_source!)]), refresh: true });
  };
  await mark((record) => hiddenBy('rule', record));
  await recountBuckets(client, open.jobBuckets, starts);
  const recounted = await open.shown();
  close(scores(recounted), scores(without));
  // What could be said at first stays.
  close(recounted.map(({ initial_influencer_score }) => initial_influencer_score), shown.map(({ initial_influencer_score }) => initial_influencer_score));
  await mark(shownAgain);
  await recountBuckets(client, open.jobBuckets, starts);
  close(await open.shown(), shown);
});

test('earlier results are scored anew as more is seen, the same when the job was resumed in between; attacks stay what they are', async () => {
  const [hours, entities] = [24, 10];
  // Normal entities are odder than the model thinks, and one is attacked for three hours.
  const odder = () => 100 * (1 - (1 - normal() / 100) ** 2);
  const attacked = (hour: number, entity: number) => entity === 3 && hour >= 15 && hour < 18;
  const all = events(hours, entities, (hour, entity) => (attacked(hour, entity) ? 99.999 : odder()));
  const run = async (resumed: boolean) => {
    const results = await new Results().create();
    for (let hour = 0; hour < hours; hour += 4) {
      await results.batch(hour / 4 + 1, all.filter(({ time }) => time >= START + hour * HOUR && time < START + (hour + 4) * HOUR));
      await results.rates.close(START + (hour + 4) * HOUR);
      await results.rates.renormalise();
      if (resumed) results.rates = new JobRates(client, results.jobBuckets, { tails, windowMs: 30 * 24 * HOUR, checkpoint: JSON.parse(JSON.stringify(results.rates.checkpoint())) as ReturnType<JobRates['checkpoint']> });
    }
    return results;
  };
  const whole = await run(false);
  const shown = await whole.shown();
  close(await (await run(true)).shown(), shown);

  const influencers = shown.filter(({ influencer_field_value }) => influencer_field_value !== undefined) as Array<{ timestamp: string; influencer_field_value: string; influencer_score: number; initial_influencer_score: number }>;
  const isAttack = ({ timestamp, influencer_field_value: name }: (typeof influencers)[number]) => attacked((Date.parse(timestamp) - START) / HOUR, Number(name.slice(4)));
  const share = (field: 'influencer_score' | 'initial_influencer_score', some = influencers) => some.filter((one) => one[field] >= 90).length / some.length;
  const early = influencers.filter(({ timestamp }) => Date.parse(timestamp) < START + 6 * HOUR);
  expect(share('initial_influencer_score', early)).toBeGreaterThan(0.2);
  expect(share('influencer_score', early)).toBeLessThan(share('initial_influencer_score', early) * 0.75);
  const attacks = influencers.filter(isAttack);
  expect(attacks).toHaveLength(3);
  for (const { influencer_score } of attacks) expect(influencer_score).toBeGreaterThan(99.5);
  // All of them once more: those that people see stand as they are, to a tenth of their rate.
  await whole.rates.renormalise(true);
  const off = (await whole.shown()).filter(({ influencer_score, level }, i) => influencer_score !== undefined && level > 1.5 && Math.abs(Math.log((100 - Number(influencer_score)) / (100 - Number(shown[i].influencer_score)))) > 0.11);
  expect(off).toEqual([]);
});
