import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finetuneOptionsSchema, generateOptionsSchema, trainOptionsSchema } from '../../../common';
import type { FinetuneOptionsInput, FinetuneStage, LogEvent, LogHit, ModelCard } from '../../../common';
import { finetuneModel, loadModel, trainModel } from '../../../models/pipeline';
import { simulate } from '../../../simulator';
import { datasetOf } from './dataset_of';

jest.setTimeout(600_000);

const NEW = ['T1530', 'T1078.004'];

let root: string;
let normal: LogHit[];
let attacks: LogHit[];
let baseCard: ModelCard;
const at = (name: string) => path.join(root, name);

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, createHash('sha256').update(await readFile(path.join(folder, name))).digest('hex')])));
}

function finetune(name: string, hits: LogHit[], options: FinetuneOptionsInput, more: { base?: string; signal?: AbortSignal; onStage?: (stage: FinetuneStage) => void } = {}): Promise<ModelCard> {
  return finetuneModel({
    base: at(more.base ?? 'base'),
    dataset: datasetOf(hits, 'attacks'),
    folder: at(name),
    modelId: name,
    options: finetuneOptionsSchema.parse({ name, minutes: 5, max_steps: 60, ...options }),
    signal: more.signal,
    onProgress: ({ stage }) => more.onStage?.(stage),
  });
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-finetune-'));
  normal = [];
  attacks = [];
  for await (const event of simulate({ users: 8, days: 14, seed: 3, end: new Date('2024-06-01T00:00:00Z') })) {
    const hit = { _id: event._id, _index: event.dataset, _source: event._source as LogEvent };
    if (event.label === undefined) normal.push(hit);
    else if (event.label.phase === 'exercise' && NEW.includes(event.label.technique)) attacks.push(hit);
  }
  baseCard = await trainModel({ dataset: datasetOf(normal), folder: at('base'), modelId: 'base', options: trainOptionsSchema.parse({ name: 'Base', size: 'tiny', minutes: 5, max_steps: 80 }) });
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('adapters learn attacks beside normal events of the same logs, and the base stays as it is', async () => {
  const before = await filesOf(at('base'));
  const stages: FinetuneStage[] = [];
  const card = await finetune('adapted', [...normal, ...attacks], { lora_rank: 8 }, { onStage: (stage) => stages.at(-1) !== stage && stages.push(stage) });
  expect(stages).toEqual(['prepare', 'encode', 'train', 'measure']);
  expect(await filesOf(at('base'))).toEqual(before);
  expect(Object.keys(await filesOf(at('adapted')))).toEqual(['adapter.safetensors', 'calibration.json', 'codec.json', 'fields.json', 'guard.json', 'model.json']);
  const made = card.finetune!;
  expect(made).toMatchObject({ base: { id: 'base', folder: '../base', weights_sha256: before['weights.safetensors'] }, lora: { rank: 8, alpha: 16, rows: 2 }, normal: { source: 'dataset' } });
  expect(made.trained_parameters).toBeLessThan(baseCard.parameters / 3);
  expect(made.techniques.map(({ id, is_new }) => [id, is_new]).sort()).toEqual(NEW.map((id) => [id, true]).sort());
  for (const { sequences, events } of made.techniques) {
    expect(sequences.heldout).toBeGreaterThan(0);
    expect(sequences.train).toBeGreaterThan(sequences.heldout);
    expect(events.train).toBeGreaterThan(0);
  }
  expect(made.techniques.reduce((sum, { events }) => sum + events.train + events.heldout, 0)).toBe(attacks.length);
  const { learned } = made;
  expect(learned.heldout_nats_per_token!.after).toBeLessThan(0.97 * learned.heldout_nats_per_token!.before);
  expect(made.normal.heldout_nats_per_token!.after).toBeLessThan(1.02 * made.normal.heldout_nats_per_token!.before);
  expect(card.techniques.map(({ id }) => id).sort()).toEqual([...NEW].sort());
  // Attacks are written as long as those that they were learned from.
  for (const { id, events, sequences } of card.techniques) expect([id, sequences!.reduce((sum, length) => sum + length, 0)]).toEqual([id, events]);
  expect(card.indices).toEqual(baseCard.indices);

  const model = await loadModel(at('adapted'));
  const events = [];
  for await (const event of model.generate(generateOptionsSchema.parse({ count: 20, technique: 'T1530', entities: [baseCard.entities[0].name] }))) events.push(event);
  expect(events.map(({ technique }) => technique)).toEqual(events.map(() => 'T1530'));
  await model.dispose();
});

test('adapters do not load without their base, nor on another', async () => {
  await cp(at('base'), at('original'), { recursive: true });
  const adapted = await finetune('orphan', attacks, { lora_rank: 2, max_steps: 3, replay: 0 }, { base: 'original' });
  expect(adapted.finetune!.normal).toMatchObject({ source: 'none', events: { train: 0, heldout: 0 } });
  await rename(at('original'), at('away'));
  await expect(loadModel(at('orphan'))).rejects.toMatchObject({ code: 'LYREBIRD_NOT_FOUND', message: expect.stringContaining('only adapters for the base model "Base"'), hint: expect.stringContaining('there again') });
  await trainModel({ dataset: datasetOf(normal.slice(0, 300)), folder: at('original'), modelId: 'base', options: trainOptionsSchema.parse({ name: 'Base', size: 'tiny', max_steps: 1 }) });
  await expect(loadModel(at('orphan'))).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT', message: expect.stringContaining('other weights'), hint: expect.stringContaining(adapted.finetune!.base.weights_sha256) });
  await rm(at('original'), { recursive: true });
  await rename(at('away'), at('original'));
  await (await loadModel(at('orphan'))).dispose();
});

test('without normal events the base writes some; cancelled and called again, it goes on; all weights make a model of its own', async () => {
  const stop = new AbortController();
  const cancelled = finetune('whole', attacks, {}, { signal: stop.signal, onStage: (stage) => stage === 'train' && stop.abort() });
  await expect(cancelled).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  await expect(finetune('whole', attacks, { seed: 2 })).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });
  const stages: FinetuneStage[] = [];
  // The events are read already, and so not looked at again.
  const card = await finetune('whole', [], { max_steps: 30 }, { onStage: (stage) => stages.push(stage) });
  expect(card.finetune).toMatchObject({ lora: undefined, normal: { source: 'base' }, trained_parameters: card.parameters });
  expect(card.finetune!.normal.events.train).toBeGreaterThan(200);
  expect(card.finetune!.learned.heldout_nats_per_token!.after).toBeLessThan(card.finetune!.learned.heldout_nats_per_token!.before);
  await rename(at('base'), at('elsewhere'));
  await (await loadModel(at('whole'))).dispose();
  await rename(at('elsewhere'), at('base'));
});

test('a label can be given to events that have none; unknown log types and other techniques are set aside', async () => {
  const unlabelled = attacks.filter(({ _source }) => (_source.threat as { technique: { subtechnique?: unknown } }).technique.subtechnique !== undefined).map((hit) => ({ ...hit, _source: { ...hit._source, threat: undefined } as unknown as LogEvent }));
  const other = { _id: 'x', _index: 'x', _source: { ...normal[0]._source, event: { dataset: 'never.seen' } } as LogEvent };
  const rest = attacks.filter((hit) => !unlabelled.some(({ _id }) => _id === hit._id));
  const card = await finetune('labelled', [...unlabelled, ...rest, other], { label: 'T1621', techniques: ['T1621'], max_steps: 2, replay: 0 });
  expect(card.finetune!.techniques).toMatchObject([{ id: 'T1621', is_new: true }]);
  expect(card.skipped).toEqual({ unknown_log_type: 1, other_technique: rest.length });
});

test('what cannot be learned is refused with what is there instead', async () => {
  await expect(finetune('none', attacks, { techniques: ['T9999'] })).rejects.toMatchObject({ code: 'LYREBIRD_UNKNOWN_TECHNIQUE', message: expect.stringContaining('T9999'), hint: expect.stringContaining('T1530') });
  await expect(finetune('few', attacks.slice(0, 2), {})).rejects.toMatchObject({ code: 'LYREBIRD_TOO_FEW_EVENTS', hint: expect.stringContaining('"azure.signinlogs"') });
  await expect(finetune('nobase', attacks, {}, { base: 'nowhere' })).rejects.toMatchObject({ code: 'LYREBIRD_NOT_FOUND' });
});
