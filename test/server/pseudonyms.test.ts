import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { PassThrough } from 'node:stream';
import pino from 'pino';
import { API_BASE, API_VERSION, PSEUDONYMS_INDEX, ROUTES, type Anomalies, type AnomalyDetail, type IdentifierFields, type ModelCard, type PluginJob, type PreviewResult, type Report, type Revealed } from '../../common';
import { PseudonymKey, Pseudonyms } from '../../common/pseudonyms';
import * as lyrebird from '../../server';
import { startHost, type Host } from '../../standalone/host';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { CANARIES, canariesIn, canaryEvent, filesBelow, IDENTIFIER_FIELDS, PEOPLE } from './support/canaries';
import { PluginHost } from './support/plugin_host';

const EVENTS = 600;

let elasticsearch: TestElasticsearch;
let folder: string;
let running: Host;
let host: PluginHost;
let index: string;
let model: string;
let card: ModelCard;
let pseudonyms: Pseudonyms;
const log: Buffer[] = [];

const nodeFolder = () => path.join(folder, 'node');
const keyFile = () => path.join(folder, 'pseudonyms.key');
const logged = () => Buffer.concat(log).toString();

async function start(): Promise<void> {
  const lines = new PassThrough();
  lines.on('data', (chunk: Buffer) => log.push(chunk));
  running = await startHost({
    plugin: lyrebird,
    elasticsearch: { url: elasticsearch.url },
    config: { node: { embedded: { dataDir: nodeFolder() } }, pseudonyms: { keyFile: keyFile() }, limits: { pageSize: 50, partEvents: 100, scoreBatch: 100 } },
    port: 0,
    logger: pino({ level: 'trace' }, lines),
  });
  host = new PluginHost(running.url, running.close);
}

/** Canaries in all that the node has, by file; and in what plugin and node have logged. */
async function found(canaries: readonly string[] = CANARIES): Promise<Record<string, string[]>> {
  const hits: Record<string, string[]> = {};
  for await (const { file, bytes } of filesBelow(nodeFolder())) {
    const held = canariesIn(bytes, canaries);
    if (held.length > 0) hits[path.relative(nodeFolder(), file)] = held;
  }
  const said = canariesIn(Buffer.concat(log), canaries);
  return said.length > 0 ? { ...hits, log: said } : hits;
}

/** Trains until the stages before training are done, and leaves everything as it is then. */
async function trainAndStop(body: object): Promise<string> {
  const id = await host.start('/train', body);
  const job = await host.follow(id, ({ stage }) => stage === 'train');
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'running', stage: 'train' });
  await host.cancel(id);
  return id;
}

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-pseudonyms-'));
  index = `${elasticsearch.prefix}canaries`;
  const { client } = elasticsearch;
  const keywords = { match_mapping_type: 'string' as const, mapping: { type: 'keyword' as const } };
  await client.indices.create({ index, mappings: { dynamic_templates: [{ keywords }], properties: { '@timestamp': { type: 'date' }, watchers: { type: 'flattened' } } } });
  const operations = Array.from({ length: EVENTS }, (_, n) => [{ create: { _index: index, _id: `${PEOPLE[n % PEOPLE.length].user}-${n}` } }, canaryEvent(n, 'canary.app')]).flat();
  const { errors } = await client.bulk({ operations, refresh: true });
  expect(errors).toBe(false);
  await start();
}, 150_000);

afterAll(async () => {
  await running?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
}, 60_000);

test('without pseudonyms the canaries are found in the data set, the work folder and the codec', async () => {
  await trainAndStop({ source: { index }, options: { name: 'In clear', size: 'tiny', minutes: 5, seed: 1 } });
  const hits = await found();
  expect(new Set(Object.values(hits).flat())).toEqual(new Set(CANARIES));
  for (const place of [/^datasets/, /shards/, /codec\.json$/]) expect(Object.keys(hits)).toContainEqual(expect.stringMatching(place));
  await running.close();
  await rm(nodeFolder(), { recursive: true, force: true });
  log.length = 0;
  await start();
}, 120_000);

test('fields that hold identifiers are suggested, with a reason', async () => {
  const { status, body } = await host.ask<IdentifierFields>('POST', '/fields/identifiers', { source: { index } });
  expect(status).toBe(200);
  expect(body.sampled).toBe(500);
  const chosen = body.fields.filter((field) => field.chosen).map(({ field }) => field);
  expect(chosen).toEqual(expect.arrayContaining([...IDENTIFIER_FIELDS, 'host.name', 'file.owner']));
  expect(chosen).not.toEqual(expect.arrayContaining(['event.action']));
  for (const { reason } of body.fields) expect(reason).toMatch(/[a-z]{3}/);
});

test('with pseudonyms no canary reaches the node: not its files, at any stage, and no log', async () => {
  const body = { source: { index }, options: { name: 'Private', size: 'tiny', minutes: 5, max_steps: 100, seed: 1, holdout: 0.3 }, pseudonymise: { fields: IDENTIFIER_FIELDS } };
  const id = await trainAndStop(body);
  const key = (await readFile(keyFile(), 'utf8')).trim();
  pseudonyms = new Pseudonyms(PseudonymKey.parse(key));
  expect((await stat(keyFile())).mode & 0o777).toBe(0o600);
  const secrets = [...CANARIES, key, Buffer.from(key, 'hex').toString('base64')];
  // The search is of something: the pseudonyms are where the canaries were.
  const places = Object.keys(await found([pseudonyms.of('plimsholt')]));
  for (const place of [/^datasets/, /shards/, /codec\.json$/]) expect(places).toContainEqual(expect.stringMatching(place));
  expect(await found(secrets)).toEqual({});

  const job = await host.resume(id);
  expect(job).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
  model = job.model_id!;
  expect(Object.keys(await found([pseudonyms.of('plimsholt')]))).toContainEqual(expect.stringMatching(/^models/));
  expect(await found(secrets)).toEqual({});
  card = (await host.ask<ModelCard>('GET', `/models/${model}`)).body;
  expect(card.options.pseudonymised).toEqual({ fields: IDENTIFIER_FIELDS, scheme: pseudonyms.scheme });
  expect(card.entities.map(({ name }) => name).sort()).toEqual(PEOPLE.map(({ user }) => pseudonyms.of(user)).sort());
  const stored = await elasticsearch.client.search({ index: PSEUDONYMS_INDEX, query: { term: { model_id: model } } });
  expect(stored.hits.hits.length).toBeGreaterThan(0);
  expect(canariesIn(Buffer.from(JSON.stringify(stored)))).toEqual([]);
}, 150_000);

test('scores are of pseudonyms, stored as such, and shown with their names to who may read the logs', async () => {
  const job = await host.run('/score', { model_id: model, source: { index }, min_record_score: 0 });
  expect(job).toMatchObject({ state: 'completed', counts: { scored: EVENTS, records: EVENTS } });
  expect(await found()).toEqual({});
  const { hits } = await elasticsearch.client.search({ index: job.target_index!, size: 1000, query: { term: { result_type: 'record' } } });
  // The reference to the event is the organisation's own document id, which stays on this side.
  expect(canariesIn(Buffer.from(JSON.stringify(hits.hits.map(({ _source }) => ({ ...(_source as object), lyrebird: { ...(_source as { lyrebird: object }).lyrebird, event: undefined } })))))).toEqual([]);

  const { body } = await host.ask<Anomalies>('GET', `/anomalies?job_id=${job.id}&entity=plimsholt&size=5`);
  expect(body.total).toBe(EVENTS / PEOPLE.length);
  expect(body.entities.map(({ name }) => name)).toEqual(['plimsholt']);
  for (const { lyrebird: record } of body.records) expect(record.entity).toBe('plimsholt');
  const detail = (await host.ask<AnomalyDetail>('GET', `/anomalies/${body.records[0]._id}`)).body;
  expect(detail.record.influencers[0].influencer_field_values).toEqual(['plimsholt']);
  expect(JSON.stringify(detail.event)).toContain('plimsholt');
  const explained = body.records.flatMap(({ lyrebird: { top_fields } }) => top_fields).find(({ field }) => field === 'source.ip');
  if (explained) expect(PEOPLE.map(({ ip }) => ip)).toContain(explained.actual);
}, 120_000);

test('a report, and a model that was taught more, know pseudonyms only', async () => {
  log.length = 0;
  const job = await host.run('/evaluate', { model_id: model, source: { index }, options: {} });
  expect(job.error).toBeUndefined();
  expect(job).toMatchObject({ state: 'completed', counts: { read: EVENTS } });
  expect(Object.keys(await found([pseudonyms.of('plimsholt')]))).toContainEqual(expect.stringMatching(/report\.json$/));
  expect(await found()).toEqual({});
  const { body: report } = await host.ask<Report>('GET', `/models/${model}/report`);
  expect(report.entities.map(({ name }) => name).sort()).toEqual(PEOPLE.map(({ user }) => pseudonyms.of(user)).sort());
  expect(report.validity.index).toMatchObject({ tried: 500 });
  const page = await fetch(`${host.url}${API_BASE}/models/${model}/report.html`, { headers: { 'elastic-api-version': API_VERSION } });
  for (const answer of [JSON.stringify([report, job]), await page.text()]) {
    expect(answer).toContain(pseudonyms.of('plimsholt'));
    expect(canariesIn(Buffer.from(answer))).toEqual([]);
  }

  const taught = await host.run('/finetune', { base_model_id: model, source: { index }, options: { name: 'Taught', label: 'T1078', max_steps: 3, replay: 0.3 } });
  expect(taught.error).toBeUndefined();
  expect(taught).toMatchObject({ state: 'completed' });
  expect(Object.keys(await found([pseudonyms.of('plimsholt')]))).toContainEqual(expect.stringMatching(new RegExp(`^models/${taught.model_id}`)));
  expect(await found()).toEqual({});
}, 180_000);

test('what is refused names nobody to the node', async () => {
  log.length = 0;
  const stranger = 'zqvexor.stranger';
  const refused = await host.ask('POST', '/generate/preview', { model_id: model, options: { count: 1, entities: [stranger] } });
  expect(refused).toMatchObject({ status: 422, body: { attributes: { code: 'LYREBIRD_UNKNOWN_ENTITY', message: expect.stringContaining(stranger) } } });
  for (const options of [{ into: stranger, technique: 'T1078' }, { new_entities: 1, like: [stranger] }, { where: { 'user.name': stranger } }, { where: { 'source.ip': '203.0.113.5.6' } }]) {
    expect((await host.ask('POST', '/generate/preview', { model_id: model, options: { count: 1, ...options } })).status).toBe(422);
  }
  expect(await found([stranger, ...CANARIES])).toEqual({});
});

test('generated events keep pseudonyms unless a person with the right to asks otherwise', async () => {
  const target_index = `${elasticsearch.prefix}synthetic`;
  const options = { count: 40, seed: 3, memorisation_guard: false };
  // Asked for by the name that a person knows, and going on from real events, which go to the node under pseudonyms, too.
  log.length = 0;
  const kept = await host.run('/generate', { model_id: model, target_index, options: { ...options, entities: ['plimsholt'] }, continue_last: 5 });
  expect(kept.error).toBeUndefined();
  expect(kept).toMatchObject({ state: 'completed', counts: { written: 40 } });
  const written = await elasticsearch.client.search({ index: target_index, size: 100 });
  expect(canariesIn(Buffer.from(JSON.stringify(written.hits.hits.map(({ _source }) => _source))))).toEqual([]);
  for (const { _source } of written.hits.hits) expect(_source).toMatchObject({ lyrebird: { entity: pseudonyms.of('plimsholt'), conditions: { entities: [pseudonyms.of('plimsholt')] } } });
  expect(await found()).toEqual({});
  expect(await host.ask('POST', '/generate/preview', { model_id: model, options, reveal: true })).toMatchObject({ status: 403 });

  log.length = 0;
  const revealed = (await host.ask<PreviewResult>('POST', '/generate/revealed/preview', { model_id: model, options: { ...options, entities: ['plimsholt'] } })).body;
  expect(revealed.events).toHaveLength(20);
  for (const { entity, _source } of revealed.events) {
    expect(entity).toBe('plimsholt');
    expect((_source as { user: { name: string } }).user.name).toMatch(/^(VRBLX\\)?plimsholt$/);
    expect((_source as { source: { ip: string } }).source.ip).toBe(PEOPLE.find(({ user }) => user === 'plimsholt')!.ip);
  }
  const audit = logged().split('\n').filter((line) => line.includes('lyrebird_pseudonyms_reveal'));
  expect(audit).toHaveLength(1);
  expect(canariesIn(Buffer.from(audit[0]))).toEqual([]);
}, 120_000);

test('a job that writes identifiers is resumed only by who may have them', async () => {
  const target_index = `${elasticsearch.prefix}named`;
  const { body: job } = await host.ask<PluginJob>('POST', '/generate/revealed', { model_id: model, target_index, options: { count: 3_000, seed: 4, memorisation_guard: false } });
  expect(job.params.reveal).toBe(true);
  await host.follow(job.id, ({ counts }) => counts.generated > 0);
  expect(await host.cancel(job.id)).toMatchObject({ body: { state: 'cancelled' } });
  expect(await host.ask('POST', `/jobs/${job.id}/resume`)).toMatchObject({ status: 403, body: { attributes: { code: 'LYREBIRD_FORBIDDEN', hint: expect.stringContaining(ROUTES.revealedJobResume) } } });
  expect(await host.job(job.id)).toMatchObject({ state: 'cancelled' });
  expect(await host.ask('POST', `/jobs/${job.id}/resume/revealed`)).toMatchObject({ status: 200, body: { state: 'running' } });
  expect(await host.follow(job.id)).toMatchObject({ state: 'completed', counts: { generated: 3_000 } });
  const { hits } = await elasticsearch.client.search<{ lyrebird: { entity: string } }>({ index: target_index, size: 1 });
  expect(PEOPLE.map(({ user }) => user)).toContain(hits.hits[0]._source!.lyrebird.entity);
}, 120_000);

test('pseudonyms are mapped back one by one, and the log says by whom and how many', async () => {
  log.length = 0;
  const [person] = PEOPLE;
  const values = [{ value: pseudonyms.of(person.mail) }, { field: 'source.ip', value: pseudonyms.of(person.ip) }, { field: 'message', value: `by ${pseudonyms.of(person.user)}` }];
  const { status, body } = await host.ask<Revealed>('POST', '/pseudonyms/reveal', { model_id: model, values });
  expect({ status, body }).toEqual({ status: 200, body: { values: [person.mail, person.ip, `by ${person.user}`] } });
  expect(logged()).toMatch(/"action":"lyrebird_pseudonyms_reveal"/);
  expect(logged()).toContain('3 values');
  expect(canariesIn(Buffer.concat(log))).toEqual([]);
});

test('a model that was trained under another key is not used', async () => {
  await running.close();
  await rm(keyFile());
  await start();
  const job = await host.run('/score', { model_id: model, source: { index } });
  expect(job).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_CONFLICT', message: expect.stringContaining(pseudonyms.scheme) } });
}, 60_000);

test('with its model the identifiers are deleted', async () => {
  expect(await host.ask('DELETE', `/models/${model}`)).toMatchObject({ status: 200 });
  await elasticsearch.client.indices.refresh({ index: PSEUDONYMS_INDEX });
  expect((await elasticsearch.client.count({ index: PSEUDONYMS_INDEX, query: { term: { model_id: model } } })).count).toBe(0);
});
