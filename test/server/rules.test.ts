import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Anomalies, AnomalyDetail, AnomalyRecord, PluginJob, Rule, RulePreview, Rules } from '../../common';
import { ANOMALIES_INDEX_PREFIX, carriers } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { hostHere, type PluginHost } from './support/plugin_host';
import { addSignIns, fillSignIns } from './support/sign_ins';

jest.setTimeout(300_000);

const EVENTS = 600;
let elasticsearch: TestElasticsearch;
let dataDir: string;
let host: PluginHost;
let index: string;
let model: string;
let job: PluginJob;

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-rules-'));
  index = `${elasticsearch.prefix}sign-ins`;
  await fillSignIns(elasticsearch.client, index, EVENTS);
  host = await hostHere({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir } } } });
  const trained = await host.run('/train', { source: { index }, options: { size: 'tiny', minutes: 5, max_steps: 20, holdout: 0.3 } });
  expect(trained).toMatchObject({ state: 'completed' });
  model = trained.model_id!;
  job = await score();
});

afterAll(async () => {
  await host?.close();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

const score = async (more: object = {}) => {
  const done = await host.run('/score', { model_id: model, source: { index }, min_record_score: 50, ...more });
  expect(done.error).toBeUndefined();
  return done;
};
const found = async (query: string, of = job): Promise<Anomalies> => (await host.ask<Anomalies>('GET', `/anomalies?job_id=${of.id}&size=1000&${query}`)).body;
const make = async (rule: object): Promise<Rule> => {
  const answer = await host.ask<Rule>('POST', '/rules', rule);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
};
const undo = (rule: Rule) => host.ask('POST', `/rules/${rule.id}/undo`);
const inForce = async () => (await host.ask<Rules>('GET', '/rules')).body.rules.filter(({ scope }) => scope.log_type === index);
const ids = (records: AnomalyRecord[]) => records.map(({ _id }) => _id).sort();
/** Buckets and influencers, as they stand in the index. */
async function summaries(of: PluginJob): Promise<unknown[]> {
  await elasticsearch.client.indices.refresh({ index: `${ANOMALIES_INDEX_PREFIX}${of.id}` });
  const { hits } = await elasticsearch.client.search({ index: `${ANOMALIES_INDEX_PREFIX}${of.id}`, size: 5_000, query: { terms: { result_type: ['bucket', 'influencer'] } } });
  return hits.hits.map(({ _id, _source }) => ({ _id, ...(_source as object) })).sort((a, b) => (a._id! < b._id! ? -1 : 1));
}

test('what a person ignores of an entity is hidden at once and in later jobs, counted by rule, and shown again when that is undone', async () => {
  const before = await found('');
  const buckets = await summaries(job);
  const entity = before.records[0].lyrebird.entity;
  const [theirs, others] = [before.records.filter(({ lyrebird }) => lyrebird.entity === entity), before.records.filter(({ lyrebird }) => lyrebird.entity !== entity)];
  expect(others.length).toBeGreaterThan(0);
  const asked = { kind: 'ignore', scope: { entity, log_type: index }, description: 'a scanner of ours' };
  const preview = await host.ask<RulePreview>('POST', '/rules/preview', asked);
  expect(preview).toMatchObject({ status: 200, body: { records: theirs.length, truncated: false } });
  expect(await found('')).toEqual(before);

  const rule = await make(asked);
  const after = await found('');
  expect(ids(after.records)).toEqual(ids(others));
  expect(after.entities.map(({ name }) => name)).not.toContain(entity);
  // No bucket scores higher without them, and some less.
  const scoreAt = new Map(before.timeline.map(({ timestamp, max_score }) => [timestamp, max_score]));
  expect(after.timeline.filter(({ timestamp, max_score }) => max_score > scoreAt.get(timestamp)! + 1e-6)).toEqual([]);
  expect(after.timeline.some(({ timestamp, max_score }) => max_score < scoreAt.get(timestamp)! - 1e-6)).toBe(true);
  expect(after.timeline.reduce((sum, { records }) => sum + records, 0)).toBe(others.length);
  expect(after.timeline.reduce((sum, { events }) => sum + events, 0)).toBe(EVENTS);
  const hidden = await found('ignored=only');
  expect(ids(hidden.records)).toEqual(ids(theirs));
  for (const record of hidden.records) expect(record).toMatchObject({ record_score: 0, lyrebird: { ignored_by: rule.id, hidden_score: theirs.find(({ _id }) => _id === record._id)!.record_score } });
  expect(await inForce()).toEqual([expect.objectContaining({ id: rule.id, records: theirs.length, description: 'a scanner of ours' })]);

  const later = await score();
  expect(later).toMatchObject({ counts: { scored: EVENTS, records: others.length }, ignored: { [rule.id]: theirs.length } });
  expect((await found('', later)).total).toBe(others.length);

  expect(await undo(rule)).toMatchObject({ status: 200, body: { undone_at: expect.any(String) } });
  expect(await found('')).toEqual(before);
  expect(await summaries(job)).toEqual(buckets);
  expect((await found('', later)).total).toBe(before.total);
  expect(await inForce()).toEqual([]);
  await host.says('lyrebird_rule_create');
  await host.says('lyrebird_rule_undo');
});

test('"not an anomaly" hides what stands out for the same reasons, of one entity or of everybody, and nothing that stands out for more', async () => {
  const { records } = await found('');
  const reasons = (record: AnomalyRecord) => JSON.stringify(carriers(record.lyrebird.top_fields).map(({ field, actual }) => [field, field.startsWith('@') && field !== '@type' ? '' : actual]));
  const marked = records[0];
  const like = records.filter((record) => {
    const excused = new Set(JSON.parse(reasons(marked)).map((pair: string[]) => JSON.stringify(pair)));
    return (JSON.parse(reasons(record)) as string[][]).every((pair) => excused.has(JSON.stringify(pair)));
  });
  const theirs = like.filter(({ lyrebird }) => lyrebird.entity === marked.lyrebird.entity);
  expect(theirs.map(({ _id }) => _id)).toContain(marked._id);

  const one = await make({ kind: 'not_an_anomaly', record_id: marked._id, entity: 'same', jobs: 'same' });
  expect(one).toMatchObject({ scope: { job_id: job.id, entity: marked.lyrebird.entity, log_type: index } });
  expect(ids((await found('ignored=only')).records)).toEqual(ids(theirs));
  const all = await make({ kind: 'not_an_anomaly', record_id: marked._id, entity: 'everybody', jobs: 'same' });
  expect(ids((await found('ignored=only')).records)).toEqual(ids(like));
  // What the first one has hidden is still hidden by the second.
  await undo(one);
  expect(ids((await found('ignored=only')).records)).toEqual(ids(like));
  expect((await host.ask<AnomalyDetail>('GET', `/anomalies/${marked._id}`)).body.record.lyrebird.ignored_by).toBe(all.id);
  await undo(all);
  expect(ids((await found('')).records)).toEqual(ids(records));
  expect(await undo(all)).toMatchObject({ status: 200 });
});

test('a value in the event, or a time, can be what is ignored', async () => {
  const { records } = await found('sort=timestamp&order=asc');
  const byValue = await make({ kind: 'ignore', scope: { job_id: job.id, fields: [{ field: 'event.outcome', value: 'failure' }] } });
  const hidden = (await found('ignored=only')).records;
  for (const { lyrebird } of hidden) expect(Number(lyrebird.event.id.slice(1)) % 50).toBe(0);
  expect(hidden.length).toBe(records.filter(({ lyrebird }) => Number(lyrebird.event.id.slice(1)) % 50 === 0).length);
  await undo(byValue);

  const [from, to] = [records[2].timestamp, records[5].timestamp];
  const byTime = await make({ kind: 'ignore', scope: { job_id: job.id, from, to } });
  expect((await found('ignored=only')).records.map(({ timestamp }) => timestamp).sort()).toEqual(records.map(({ timestamp }) => timestamp).filter((time) => time >= from && time < to).sort());
  await undo(byTime);
});

test('a job at work follows rules within seconds, in both directions', async () => {
  const live = `${elasticsearch.prefix}live`;
  await fillSignIns(elasticsearch.client, live, 0);
  const now = Date.now();
  const add = (name: string, time: number) => addSignIns(elasticsearch.client, live, Array.from({ length: 9 }, (_, n) => ({ id: `${name}-${n}`, time: time + n })), index);
  await add('a', now - 60_000);
  const id = await host.start('/score', { model_id: model, source: { index: live }, min_record_score: 0, datafeed: { frequency: '1s', query_delay: '0s' } });
  await host.follow(id, ({ counts, stage }) => counts.read === 9 && stage === 'waiting');
  const rule = await make({ kind: 'ignore', scope: { job_id: id, entity: 'ada' } });
  await host.follow(id, ({ datafeed }) => Date.parse(datafeed!.search_interval_end!) > Date.parse(rule.created_at) + 6_000);
  await add('b', Date.now() - 10);
  const ruled = await host.follow(id, ({ counts, stage }) => counts.read === 18 && stage === 'waiting');
  expect(ruled).toMatchObject({ counts: { scored: 18, records: 9 + 6 }, ignored: { [rule.id]: 3 } });
  expect(await found('', ruled)).toMatchObject({ total: 12 });
  await undo(rule);
  const shown = await found('', ruled);
  expect(shown.total).toBe(18);
  await host.cancel(id);
  expect(shown.timeline.reduce((sum, { records }) => sum + records, 0)).toBe(18);
});

test('what would hide everything, or makes no sense, is refused with its reason', async () => {
  const refused = async (rule: object) => (await host.ask<{ message: string }>('POST', '/rules', rule)).body.message;
  expect(await refused({ kind: 'ignore', scope: {} })).toMatch(/would hide everything/);
  expect(await refused({ kind: 'ignore', scope: { fields: [{ field: 'user.name' }] } })).toMatch(/needs the value/);
  expect(await refused({ kind: 'ignore', scope: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } })).toMatch(/ends before it starts/);
  expect(await host.ask('POST', '/rules', { kind: 'not_an_anomaly', record_id: 'nowhere' })).toMatchObject({ status: 404 });
  expect(await host.ask('POST', '/rules/rule-nowhere/undo')).toMatchObject({ status: 404 });
});
