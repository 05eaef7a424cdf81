import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { trainOptionsSchema } from '../../../common';
import type { GeneratedEvent, GenerateOptionsInput, LogEvent, LogHit, ModelCard, ScoredEvent, TrainOptionsInput, TrainStage } from '../../../common';
import { generateOptionsSchema, getPath } from '../../../common';
import { loadModel, trainModel } from '../../../models/pipeline';
import type { Model } from '../../../models/pipeline';
import { simulate } from '../../../simulator';
import { datasetOf } from './dataset_of';

const END = new Date('2024-06-01T00:00:00Z');

async function sampleHits(users: number, days: number): Promise<LogHit[]> {
  const hits: LogHit[] = [];
  for await (const event of simulate({ users, days, seed: 3, end: END })) hits.push({ _id: event._id, _index: event.dataset, _source: event._source as LogEvent });
  return hits;
}

const options = (more: TrainOptionsInput = {}) => trainOptionsSchema.parse({ name: 'test', size: 'tiny', minutes: 5, max_steps: 60, ...more });

async function take(model: Model, wanted: GenerateOptionsInput): Promise<GeneratedEvent[]> {
  const events: GeneratedEvent[] = [];
  for await (const event of model.generate(generateOptionsSchema.parse(wanted))) events.push(event);
  return events;
}

let root: string;
beforeAll(async () => (root = await mkdtemp(path.join(tmpdir(), 'lyrebird-pipeline-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

describe('a model of the sample organisation', () => {
  let hits: LogHit[];
  let card: ModelCard;
  let model: Model;
  const stages: TrainStage[] = [];

  beforeAll(async () => {
    hits = await sampleHits(8, 14);
    card = await trainModel({
      dataset: datasetOf(hits),
      folder: path.join(root, 'sample'),
      modelId: 'sample',
      options: options(),
      onProgress: ({ stage }) => {
        if (stages.at(-1) !== stage) stages.push(stage);
      },
    });
    model = await loadModel(path.join(root, 'sample'));
  }, 240_000);
  afterAll(() => model?.dispose());

  it('goes through all stages and leaves a whole folder without the events', async () => {
    expect(stages).toEqual(['prepare', 'codec', 'encode', 'train', 'calibrate']);
    expect((await readdir(path.join(root, 'sample'))).sort()).toEqual(['calibration.json', 'codec.json', 'fields.json', 'guard.json', 'model.json', 'weights.safetensors']);
    expect(card.events.train + card.events.heldout).toBe(hits.length);
    expect(card.loss_curve.at(-1)!.train).toBeLessThan(card.loss_curve[0].train);
    expect(card.tokens.per_event).toBeLessThan(40);
  });

  it('answers a second training of the same folder with the model that is there', async () => {
    await expect(trainModel({ dataset: datasetOf([]), folder: path.join(root, 'sample'), modelId: 'sample', options: options() })).resolves.toMatchObject({ id: 'sample', created_at: card.created_at });
  });

  it('writes as many events as asked, in time order, the same for the same seed', async () => {
    const [first, again, other] = [await take(model, { count: 150, seed: 5 }), await take(model, { count: 150, seed: 5 }), await take(model, { count: 150, seed: 6 })];
    expect(first).toHaveLength(150);
    expect(first.map(({ seq }) => seq)).toEqual(first.map((_, i) => i));
    for (let i = 1; i < first.length; i++) expect(first[i].timestamp >= first[i - 1].timestamp).toBe(true);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('writes what the entity, log type and start say', async () => {
    const entity = card.entities[0].name;
    const logType = card.log_types[0].name;
    const events = await take(model, { count: 20, entities: [entity], log_types: [logType], from: '2030-01-01T00:00:00Z' });
    for (const event of events) {
      expect(event.entity).toBe(entity);
      expect(event.log_type).toBe(logType);
      expect(event.timestamp >= '2030-01-01').toBe(true);
      expect(String(getPath(event._source, '@timestamp')).slice(0, 4)).toBe(event.timestamp.slice(0, 4));
    }
  });

  it('keeps a field at the value that it was pinned to', async () => {
    const field = card.fields.find(({ kind, values }) => kind === 'categorical' && values.length >= 2)!;
    const value = field.values[1];
    const events = await take(model, { count: 15, where: { [field.path]: value } });
    expect(events.map(({ _source }) => String(getPath(_source, field.path)))).toEqual(Array(15).fill(value));
  });

  it('writes attacks of a technique that it learned, marked as such', async () => {
    const technique = card.techniques[0].id;
    const events = await take(model, { count: 5, technique });
    expect(events.every((event) => event.technique === technique)).toBe(true);
  });

  it.each([
    ['an unknown entity', { count: 1, entities: ['nobody-here'] }, 'LYREBIRD_UNKNOWN_ENTITY'],
    ['an unknown technique', { count: 1, technique: 'T9999' }, 'LYREBIRD_UNKNOWN_TECHNIQUE'],
    ['an unknown log type', { count: 1, log_types: ['nothing'] }, 'LYREBIRD_UNKNOWN_VALUE'],
    ['an unknown field', { count: 1, where: { 'no.such.field': 'x' } }, 'LYREBIRD_UNKNOWN_FIELD'],
  ])('refuses %s with a hint', async (_, wanted, code) => {
    await expect(take(model, wanted)).rejects.toMatchObject({ code, hint: expect.any(String) });
  });

  it('stops when told to', async () => {
    const controller = new AbortController();
    const events = model.generate(generateOptionsSchema.parse({ count: 1_000_000 }), { signal: controller.signal });
    await events.next();
    controller.abort();
    await expect(
      (async () => {
        for await (const _ of events);
      })()
    ).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  });

  it('scores every event once, whatever the batches, and a tampered event above what it was', async () => {
    const fresh = hits.slice(-300);
    const whole = model.createScorer();
    const { events, skipped } = await whole.score(fresh);
    expect(events.map(({ id }) => id)).toEqual(fresh.map(({ _id }) => _id));
    expect(skipped).toEqual({});

    const parts = model.createScorer();
    const apart: ScoredEvent[] = [];
    for (let i = 0; i < fresh.length; i += 37) apart.push(...(await parts.score(fresh.slice(i, i + 37))).events);
    apart.forEach(({ surprisal, score }, i) => {
      expect(surprisal).toBeCloseTo(events[i].surprisal, 2);
      expect(score).toBeCloseTo(events[i].score, 1);
    });

    const at = fresh.findIndex(({ _source }) => getPath(_source, 'source.geo.country_iso_code') !== undefined);
    const strange = fresh.map((hit, i) => (i === at ? { ...hit, _source: tamper(hit._source) } : hit));
    const tampered = (await model.createScorer().score(strange)).events[at];
    expect(tampered.surprisal).toBeGreaterThan(events[at].surprisal + 3);
    expect(tampered.score).toBeGreaterThan(90);
    expect(tampered.top_fields[0].surprisal).toBeGreaterThan(3);
    expect(tampered.top_fields.some(({ typical }) => typical.length > 0)).toBe(true);
  });

  it('sets aside what it cannot score, and scores the rest', async () => {
    const good = hits.slice(-3);
    const { events, skipped } = await model.createScorer().score([{ _source: {} }, good[0], { _source: { '@timestamp': '2024-05-30T00:00:00Z' } }, ...good.slice(1), { _source: { '@timestamp': 'never' } }]);
    expect(events.map(({ seq }) => seq)).toEqual([1, 3, 4]);
    expect(skipped).toEqual({ no_time: 2, no_entity: 1 });
  });
});

describe('training that is interrupted', () => {
  it('goes on after the last finished stage', async () => {
    const hits = await sampleHits(3, 6);
    const folder = path.join(root, 'interrupted');
    const run = (signal?: AbortSignal, seen: TrainStage[] = [], stopAt?: TrainStage, controller?: AbortController) =>
      trainModel({ dataset: datasetOf(hits), folder, modelId: 'interrupted', options: options({ max_steps: 20 }), signal, onProgress: ({ stage }) => (seen.push(stage), stage === stopAt && controller!.abort()) });
    for (const stage of ['codec', 'train', 'calibrate'] as const) {
      const controller = new AbortController();
      await expect(run(controller.signal, [], stage, controller)).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
      expect(existsSync(path.join(folder, 'model.json'))).toBe(false);
      await expect(loadModel(folder)).rejects.toMatchObject({ code: 'LYREBIRD_NOT_FOUND' });
    }
    // The dataset is not read again: what comes now is from the stages' own files.
    await expect(trainModel({ dataset: datasetOf([]), folder, modelId: 'interrupted', options: options({ max_steps: 20 }) })).resolves.toMatchObject({ training: { steps: 20 } });
  }, 240_000);

  it('refuses to go on with other options', async () => {
    const hits = await sampleHits(3, 4);
    const folder = path.join(root, 'other');
    const controller = new AbortController();
    await expect(trainModel({ dataset: datasetOf(hits), folder, modelId: 'a', options: options(), signal: controller.signal, onProgress: () => controller.abort() })).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
    await expect(trainModel({ dataset: datasetOf(hits), folder, modelId: 'a', options: options({ seed: 9 }) })).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });
  });
});

describe('bad datasets', () => {
  const event = (source: LogEvent): LogHit => ({ _source: source });
  it.each([
    ['no events', [], 'LYREBIRD_NO_EVENTS'],
    ['one event', [event({ '@timestamp': '2024-05-01', user: { name: 'a' } })], 'LYREBIRD_TOO_FEW_EVENTS'],
    ['no time', Array(20).fill(event({ user: { name: 'a' } })), 'LYREBIRD_NO_TIME_FIELD'],
    ['no entity', Array(20).fill(event({ '@timestamp': '2024-05-01' })), 'LYREBIRD_NO_ENTITY_FIELD'],
  ])('%s is a clear error', async (name, hits, code) => {
    await expect(trainModel({ dataset: datasetOf(hits), folder: path.join(root, name), modelId: 'bad', options: options() })).rejects.toMatchObject({ code, hint: expect.any(String) });
  });

  it('learns from a handful of alien events of one user at one moment', async () => {
    const hits = Array.from({ length: 12 }, (_, i) => event({ '@timestamp': '2024-05-01T00:00:00Z', user: 'only', deep: { list: [{ a: i }, { b: [null, {}, []] }], text: `π ${i}` } }));
    const folder = path.join(root, 'alien');
    const card = await trainModel({ dataset: datasetOf(hits), folder, modelId: 'alien', options: options({ max_steps: 10 }) });
    expect(card.events).toEqual({ train: 12, heldout: 0 });
    const model = await loadModel(folder);
    const events = await take(model, { count: 5 });
    expect(events.map(({ _source }) => _source.user)).toEqual(Array(5).fill('only'));
    await model.dispose();
  }, 120_000);

  it('says which file is damaged', async () => {
    const folder = path.join(root, 'alien');
    await writeFile(path.join(folder, 'calibration.json'), '{');
    await expect(loadModel(folder)).rejects.toMatchObject({ code: 'LYREBIRD_CORRUPT', message: expect.stringContaining('calibration.json') });
  });
});

function tamper(source: LogEvent): LogEvent {
  const copy = structuredClone(source) as { source: { ip: string; geo: LogEvent } } & LogEvent;
  copy.source.ip = '203.0.113.77';
  copy.source.geo.country_iso_code = 'KP';
  return copy;
}

