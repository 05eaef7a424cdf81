import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { augmentOptionsSchema, createJobSchema, entityName, getPath, trainOptionsSchema, type AugmentOptionsInput, type AugmentStage, type Job, type LogEvent, type LogHit, type ModelCard } from '../../../common';
import { DatasetStore } from '../../../models/dataset';
import { jobType } from '../../../models/node/job_types';
import { augmentModel, type AugmentModelOptions } from '../../../models/augment';
import { loadModel, trainModel } from '../../../models/pipeline';
import { simulate } from '../../../simulator';
import { datasetOf } from '../pipeline/dataset_of';

jest.setTimeout(600_000);

/** Real events that a newcomer has left. */
const FEW = 12;
const SPLIT = Date.parse('2024-05-29T00:00:00Z');

let root: string;
let before: LogHit[];
let later: LogHit[];
let newcomers: string[];
let base: ModelCard;
const at = (name: string) => path.join(root, name);
const timeOf = ({ _source }: LogHit) => Date.parse(_source['@timestamp'] as string);
const nameOf = (event: LogEvent) => entityName(String(getPath(event, 'user.name')), true);

function augment(name: string, options: AugmentOptionsInput = {}, more: Partial<AugmentModelOptions> = {}): Promise<ModelCard> {
  return augmentModel({ base: at('base'), dataset: datasetOf([...before, ...later]), folder: at(name), modelId: name, options: augmentOptionsSchema.parse({ name, max_steps: 4, ...options }), ...more });
}

async function hashesOf(folder: string): Promise<string[]> {
  return Promise.all((await readdir(folder)).sort().map(async (name) => `${name} ${createHash('sha256').update(await readFile(path.join(folder, name))).digest('hex')}`));
}

const linesOf = async (file: string): Promise<LogEvent[]> => (await readFile(file, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as LogEvent);

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-augment-'));
  const events = [...simulate({ users: 10, days: 8, seed: 3, end: new Date('2024-06-01T00:00:00Z') })].filter(({ label }) => label?.phase !== 'exercise');
  const hits = events.map(({ _id, dataset, _source, label }): LogHit => ({ _id, _index: dataset, _source: label ? { ...(_source as LogEvent), threat: { technique: { id: label.technique } } } : (_source as LogEvent) }));
  later = hits.filter((hit) => timeOf(hit) >= SPLIT);
  const learned = hits.filter((hit) => timeOf(hit) < SPLIT && hit._source.threat === undefined);
  const counts = new Map<string, number>();
  for (const { _source } of learned) counts.set(nameOf(_source), (counts.get(nameOf(_source)) ?? 0) + 1);
  const people = [...counts.keys()].filter((name) => !name.startsWith('svc-')).sort((a, b) => counts.get(b)! - counts.get(a)!);
  newcomers = people.slice(0, 2).sort();
  before = learned.filter((hit, i) => !newcomers.includes(nameOf(hit._source)) || learned.slice(i).filter(({ _source }) => nameOf(_source) === nameOf(hit._source)).length <= FEW);
  base = await trainModel({ dataset: datasetOf(before), folder: at('base'), modelId: 'base', options: trainOptionsSchema.parse({ name: 'Base', size: 'tiny', max_steps: 30 }) });
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('newcomers get the habits of their likes under their own names, in a model of its own that is judged by later events; a cancelled run goes on', async () => {
  const untouched = await hashesOf(at('base'));
  const stages: AugmentStage[] = [];
  const shares: number[] = [];
  const onProgress: AugmentModelOptions['onProgress'] = ({ stage, progress }) => {
    if (stages.at(-1) !== stage) stages.push(stage);
    shares.push(progress);
  };
  const options = { entities: newcomers, peers: 2 };
  const abort = new AbortController();
  const stopped = augment('augmented', options, { signal: abort.signal, onProgress: (progress) => (onProgress(progress), progress.stage === 'train' && abort.abort()) });
  await expect(stopped).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  expect(existsSync(at('augmented/model.json'))).toBe(false);
  const written = await linesOf(at('augmented/work/synthetic.ndjson'));
  await expect(augment('augmented', { ...options, peers: 1 })).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });
  expect(stages.splice(0)).toEqual(['read', 'generate', 'train']);
  shares.splice(0);
  const card = await augment('augmented', options, { eventsTo: at('train.ndjson'), onProgress });
  expect(stages).toEqual(['read', 'train', 'compare']);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(await hashesOf(at('base'))).toEqual(untouched);
  expect((await readdir(at('augmented'))).sort()).toEqual(['calibration.json', 'codec.json', 'fields.json', 'guard.json', 'model.json', 'weights.safetensors']);
  const made = card.augment!;
  expect(made).toMatchObject({ base: { id: 'base', name: 'Base' }, chosen: 2, without_peers: 0 });
  expect(made.entities.map(({ name, events }) => [name, events])).toEqual(newcomers.map((name) => [name, FEW]));
  for (const { added, peers } of made.entities) {
    expect(added).toBeGreaterThan(0);
    expect(peers).toHaveLength(2);
    expect(peers.some((peer) => newcomers.includes(peer) || peer.startsWith('svc-'))).toBe(false);
  }
  expect(card).toMatchObject({ id: 'augmented', heldout_from: base.heldout_from, indices: base.indices });
  expect(card.events.train).toBe(base.events.train + made.added);
  expect(card.events.heldout).toBe(base.events.heldout);

  // What another detector is given: all that is real and normal and no newer than the training, and as many synthetic events as were learned.
  const lines = await linesOf(at('train.ndjson'));
  const synthetic = lines.filter(({ lyrebird }) => lyrebird !== undefined);
  expect(lines.filter(({ lyrebird }) => lyrebird === undefined)).toEqual(before.map(({ _source }) => _source));
  expect(synthetic.map(({ lyrebird: _, ...event }) => event)).toEqual(written.map(({ hit }) => (hit as unknown as LogHit)._source));
  expect(synthetic).toHaveLength(made.added);
  for (const name of newcomers) {
    const theirs = synthetic.filter((event) => nameOf(event) === name);
    const real = before.filter(({ _source }) => nameOf(_source) === name);
    expect(theirs).toHaveLength(made.entities.find((entity) => entity.name === name)!.added);
    for (const event of theirs) {
      expect(Date.parse(event['@timestamp'] as string)).toBeLessThan(Math.min(...real.map(timeOf)));
      expect(event.lyrebird).toMatchObject({ synthetic: true, model_id: 'base', seed: 1 });
      expect(made.entities.find((entity) => entity.name === name)!.peers).toContain((event.lyrebird as LogEvent).like);
    }
    // Who it is is its own in every log type that it was seen in; what is done is not only what it has done.
    for (const field of ['user.full_name', 'user.name']) {
      for (const type of new Set(real.map(({ _index }) => _index))) {
        const valuesOf = (events: readonly LogEvent[]) => [...new Set(events.filter((event) => getPath(event, 'event.dataset') === type).map((event) => JSON.stringify(getPath(event, field))))];
        expect(valuesOf(real.map(({ _source }) => _source))).toEqual(expect.arrayContaining(valuesOf(theirs)));
      }
    }
    const actions = (events: readonly LogEvent[]) => new Set(events.map((event) => getPath(event, 'event.action')));
    expect([...actions(theirs)].some((action) => !actions(real.map(({ _source }) => _source)).has(action))).toBe(true);
  }

  const { comparison } = made;
  const attacks = later.filter(({ _source }) => _source.threat !== undefined);
  expect(comparison).toMatchObject({ events: later.length, from: new Date(timeOf(later[0])).toISOString(), all: { normal: later.length - attacks.length, attack_events: attacks.length } });
  expect(comparison!.chosen.normal).toBe(later.filter(({ _source }) => _source.threat === undefined && newcomers.includes(nameOf(_source))).length);
  // A threshold that one in a hundred exceeded before is exceeded by as many before.
  expect(comparison!.all.at.find(({ name }) => name === 'one_in_100')!.false_positives.before).toBeLessThanOrEqual(Math.ceil(comparison!.all.normal / 100));
  // Judged as anybody would: by the model in the folder, on events without their labels.
  const model = await loadModel(at('augmented'));
  const { events } = await model.createScorer().score(later.map((hit) => ({ ...hit, _source: Object.fromEntries(Object.entries(hit._source).filter(([key]) => key !== 'threat')) })));
  await model.dispose();
  const isAttack = later.map(({ _source }) => _source.threat !== undefined);
  expect(comparison!.all.at.find(({ name }) => name === 'score_99')).toMatchObject({
    false_positives: { after: events.filter(({ seq, score }) => !isAttack[seq] && score >= 99).length },
    attack_events: { after: events.filter(({ seq, score }) => isAttack[seq] && score >= 99).length },
  });
});

test('what a model held out judges it where nothing newer is there, and nothing is written after it', async () => {
  const heldoutFrom = Date.parse(base.heldout_from!);
  const name = before.map(({ _source }) => nameOf(_source)).find((each) => !newcomers.includes(each))!;
  const datasets = new DatasetStore(at('datasets'));
  await datasets.create({ id: 'logs', source: 'logs' });
  await datasets.writePart('logs', 0, Readable.from(before.map((hit) => Buffer.from(`${JSON.stringify(hit)}\n`))));
  await datasets.close('logs');
  // As a job of the node does it.
  const request = createJobSchema.parse({ type: 'augment', base_model_id: 'base', dataset_id: 'logs', model_id: 'held-out', options: { entities: [name], per_entity: 5, max_steps: 4 } });
  const { model, needsModels, run } = jobType('augment');
  expect([model, needsModels(request)]).toEqual(['makes', ['base']]);
  const abort = new AbortController();
  const running = run({ ...request, model_id: 'held-out' } as Job, { datasetRoot: at('datasets'), modelRoot: root, folder: at('held-out') }, { signal: abort.signal, onProgress: ({ stage }) => stage === 'train' && abort.abort() });
  await expect(running).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  const [plan] = await linesOf(at('held-out/work/augment.json'));
  expect(plan).toMatchObject({ heldoutFrom, chosen: [{ name, events: before.filter((hit) => timeOf(hit) < heldoutFrom && nameOf(hit._source) === name).length }] });
  const events = (await linesOf(at('held-out/work/synthetic.ndjson'))).map(({ hit }) => hit as unknown as LogHit);
  expect(events.length).toBeGreaterThan(0);
  for (const hit of events) expect(timeOf(hit)).toBeLessThan(heldoutFrom);
});

test.each<[string, AugmentOptionsInput, string]>([
  ['somebody whom the events lack', { entities: ['nobody'] }, 'LYREBIRD_UNKNOWN_ENTITY'],
  ['a history that nobody has', { at_most: 1 }, 'LYREBIRD_NO_EVENTS'],
  ['a value that nobody has', { where: { 'user.domain': 'elsewhere' } }, 'LYREBIRD_NO_EVENTS'],
])('%s is refused, and nothing is made', async (_, options, code) => {
  await expect(augment('refused', options)).rejects.toMatchObject({ code, hint: expect.any(String) });
  expect(existsSync(at('refused/model.json'))).toBe(false);
  await rm(at('refused'), { recursive: true, force: true });
});

test('events that the base did not learn are no base to train anew on', async () => {
  await expect(augment('other-logs', {}, { dataset: datasetOf(later) })).rejects.toMatchObject({ code: 'LYREBIRD_TOO_FEW_EVENTS' });
});
