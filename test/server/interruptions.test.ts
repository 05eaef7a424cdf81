import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANOMALIES_INDEX_PREFIX, JOBS_INDEX, type PluginJob, type Status } from '../../common';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { allProcesses } from '../support/processes';
import { hostApart, type PluginHost } from './support/plugin_host';
import { fillSignIns, valuesOf } from './support/sign_ins';

jest.setTimeout(300_000);

const EVENTS = 1_500;
const COUNT = 2_000;
const everyEvent = Array.from({ length: EVENTS }, (_, n) => `e${n}`).sort();
const everySeq = Array.from({ length: COUNT }, (_, n) => n);

let elasticsearch: TestElasticsearch;
let dataDir: string;
let host: PluginHost;
let index: string;
let model: string;

/** In a process of its own, which can be killed. Small batches: there is always something in the middle. */
const start = () => hostApart({ elasticsearch: { url: elasticsearch.url }, config: { node: { embedded: { dataDir } }, limits: { bulkBytes: 65_536, scoreBatch: 50 } } });
const training = () => ({ source: { index }, options: { size: 'tiny', minutes: 0.05 } });

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-node-'));
  index = `${elasticsearch.prefix}sign-ins`;
  await fillSignIns(elasticsearch.client, index, EVENTS);
  host = await start();
  const trained = await host.run('/train', training());
  expect(trained).toMatchObject({ state: 'completed' });
  model = trained.model_id!;
});

afterAll(async () => {
  await host?.close();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

const target = (name: string) => `${elasticsearch.prefix}${name}`;
const generating = (name: string, count = COUNT) => host.start('/generate', { model_id: model, target_index: target(name), options: { count, seed: 5 } });
const scoring = (source: string) => host.start('/score', { model_id: model, source: { index: source }, min_record_score: 0 });
const someWritten = ({ counts }: PluginJob) => counts.written >= 200;
const someScored = ({ counts }: PluginJob) => counts.scored >= 200;
const recordsOf = (id: string) => valuesOf(elasticsearch.client, `${ANOMALIES_INDEX_PREFIX}${id}`, 'lyrebird.event.id', { term: { result_type: 'record' } });

async function expectScoredOnce(job: PluginJob): Promise<void> {
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'completed', counts: { read: EVENTS, scored: EVENTS, records: EVENTS, refused: 0 } });
  expect(await recordsOf(job.id)).toEqual(everyEvent);
  for (const result_type of ['bucket', 'influencer']) {
    const counted = await valuesOf(elasticsearch.client, `${ANOMALIES_INDEX_PREFIX}${job.id}`, 'event_count', { term: { result_type } });
    expect(counted.reduce<number>((sum, count) => sum + Number(count), 0)).toBe(EVENTS);
  }
}

async function expectWrittenOnce(job: PluginJob): Promise<void> {
  expect(job.error).toBeUndefined();
  const { generated, written, duplicate, refused } = job.counts;
  expect({ state: job.state, generated, there: written + duplicate, refused }).toEqual({ state: 'completed', generated: COUNT, there: COUNT, refused: 0 });
  expect(await valuesOf(elasticsearch.client, job.target_index!, 'lyrebird.seq')).toEqual(everySeq);
}

describe('the model node is killed', () => {
  test('while it scores: the job says so, and resumed it gives every event one record', async () => {
    const id = await scoring(index);
    await host.follow(id, someScored);
    await host.killNode();
    const ended = await host.follow(id);
    // Between two batches the node is missed by nobody: it is up again before it is asked.
    if (ended.state === 'completed') return expectScoredOnce(ended);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NODE_UNAVAILABLE', hint: expect.stringMatching(/resume/i) } });
    expect(ended.counts.scored).toBeLessThan(EVENTS);
    await expectScoredOnce(await host.resume(id));
  });

  test('while it generates: the job says so, and resumed it writes every event once', async () => {
    const id = await generating('node-killed');
    await host.follow(id, someWritten);
    await host.killNode();
    expect(await host.follow(id)).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_NODE_UNAVAILABLE', hint: expect.stringMatching(/resume/i) } });
    await expectWrittenOnce(await host.resume(id));
  });

  test('while it trains: it starts again and goes on by itself', async () => {
    const id = await host.start('/train', training());
    await host.follow(id, ({ stage, loss_curve }) => stage === 'train' && loss_curve.length > 0);
    await host.killNode();
    const ended = await host.follow(id);
    expect(ended.error).toBeUndefined();
    expect(ended).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
    const steps = ended.loss_curve.map(({ step }) => step);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });
});

describe('the server is killed', () => {
  async function killAndStartAgain(id: string): Promise<void> {
    await host.kill();
    host = await start();
    expect(await host.job(id)).toMatchObject({ state: 'interrupted', error: { hint: expect.stringContaining('Resume') } });
  }

  test('while it scores: resumed, every event has one record and one place in the timeline', async () => {
    const id = await scoring(index);
    expect(await host.follow(id, someScored)).toMatchObject({ state: 'running' });
    await killAndStartAgain(id);
    await expectScoredOnce(await host.resume(id));
  });

  test('while it generates: resumed, every event is there once', async () => {
    const id = await generating('server-killed');
    expect(await host.follow(id, someWritten)).toMatchObject({ state: 'running' });
    await killAndStartAgain(id);
    const last = await host.resume(id);
    await expectWrittenOnce(last);
    expect(last.counts.duplicate).toBeGreaterThanOrEqual(200);
  });

  test('while it reads logs or trains: resumed, the model learns from each event once', async () => {
    const id = await host.start('/train', training());
    await host.follow(id, ({ stage }) => stage === 'prepare' || stage === 'codec');
    await killAndStartAgain(id);
    const last = await host.resume(id);
    expect(last.error).toBeUndefined();
    expect(last).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
    const { body: card } = await host.ask<{ events: { train: number; heldout: number } }>('GET', `/models/${last.model_id}`);
    expect(card.events.train + card.events.heldout).toBe(EVENTS);
  });
});

describe('a person cancels', () => {
  test('scoring, and resumes it', async () => {
    const id = await scoring(index);
    await host.follow(id, someScored);
    expect(await host.cancel(id)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect((await host.job(id)).counts.scored).toBeLessThan(EVENTS);
    await expectScoredOnce(await host.resume(id));
  });

  test('generating, and resumes it', async () => {
    const id = await generating('cancelled');
    await host.follow(id, someWritten);
    expect(await host.cancel(id)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    const there = await valuesOf(elasticsearch.client, target('cancelled'), 'lyrebird.seq');
    expect(there.length).toBeGreaterThanOrEqual(200);
    expect(there.length).toBeLessThan(COUNT);
    await expectWrittenOnce(await host.resume(id));
  });

  test('training: the node stops as well, and goes on when it is resumed', async () => {
    const id = await host.start('/train', training());
    await host.follow(id, ({ stage, loss_curve }) => stage === 'train' && loss_curve.length > 0);
    expect(await host.cancel(id)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect(await host.cancel(id)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    // A job of the node has a process of its own.
    while (allProcesses().some(({ parent, args }) => parent === host.nodePid && args.includes('job_main'))) await sleep(20);
    expect(await host.resume(id)).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
    expect((await host.ask('POST', `/jobs/${id}/resume`)).status).toBe(409);
  });
});

test('an index that is deleted while it is scored ends the job with that reason; what was written stays', async () => {
  const doomed = target('doomed');
  await fillSignIns(elasticsearch.client, doomed, EVENTS, index);
  const id = await scoring(doomed);
  await host.follow(id, someScored);
  await elasticsearch.client.indices.delete({ index: doomed });
  const failed = await host.follow(id);
  expect(failed).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_INDEX_GONE', message: expect.stringContaining(doomed) } });
  expect(await recordsOf(id)).toHaveLength(failed.counts.records);
});

test('a job that another server takes over ends here and is followed there', async () => {
  // More than can be written before the takeover is noticed.
  const many = 4 * COUNT;
  const id = await generating('taken-over', many);
  await host.follow(id, someWritten);
  const followed = host.follow(id);
  // What another server writes when it resumes the job, and when it has done it.
  const other = { host: 'elsewhere', pid: 1, run: 'another' };
  const take = async (change: Partial<PluginJob>) => {
    for (;;) {
      const { _source, _seq_no, _primary_term } = await elasticsearch.client.get<{ job: PluginJob }>({ index: JOBS_INDEX, id });
      const document = { ..._source, owner: other, job: { ..._source!.job, ...change, updated_at: new Date().toISOString() } };
      const written = await elasticsearch.client.index({ index: JOBS_INDEX, id, document, if_seq_no: _seq_no, if_primary_term: _primary_term }, { ignore: [409] });
      if ('result' in written) return;
    }
  };
  await take({ state: 'running' });
  await host.says(`Job ${id} was taken over by another server`);
  expect((await host.job(id)).state).toBe('running');
  const there = (await valuesOf(elasticsearch.client, target('taken-over'), 'lyrebird.seq')).length;
  expect(there).toBeLessThan(many);
  await take({ state: 'completed' });
  expect((await followed).state).toBe('completed');
  expect(await valuesOf(elasticsearch.client, target('taken-over'), 'lyrebird.seq')).toHaveLength(there);
});

test('documents that the target refuses are counted, and a few are named without their contents', async () => {
  const narrow = target('narrow');
  await elasticsearch.client.indices.create({ index: narrow, mappings: { properties: { user: { properties: { name: { type: 'long' } } } } } });
  const job = await host.run('/generate', { model_id: model, target_index: narrow, options: { count: 20, seed: 1 } });
  expect(job).toMatchObject({ state: 'completed', counts: { generated: 20, written: 0, refused: 20 } });
  expect(job.refusal_samples).toHaveLength(5);
  for (const sample of job.refusal_samples!) expect(sample).toEqual({ id: expect.any(String), type: 'document_parsing_exception', reason: 'failed to parse field [user.name] of type [long]' });
  expect(JSON.stringify(await host.job(job.id))).not.toContain('example.com');
});

test('the overview counts synthetic events wherever they were written, and none of the organisation\'s own', async () => {
  const before = (await host.ask<Status>('GET', '/status')).body.synthetic_events;
  const mixed = target('mixed');
  await fillSignIns(elasticsearch.client, mixed, 30);
  await host.run('/generate', { model_id: model, target_index: mixed, options: { count: 12, seed: 2 } });
  expect((await host.ask<Status>('GET', '/status')).body.synthetic_events).toBe(before + 12);
});
