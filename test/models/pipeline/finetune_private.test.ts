import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finetuneOptionsSchema, trainOptionsSchema, type FinetuneOptionsInput, type LogEvent, type LogHit, type ModelCard } from '../../../common';
import { finetuneModel, trainModel } from '../../../models/pipeline';
import { layout } from '../../../models/pipeline/stages';
import { TokenFile } from '../../../models/train';
import { simulate } from '../../../simulator';
import { datasetOf } from './dataset_of';

jest.setTimeout(600_000);

let root: string;
let normal: LogHit[];
let attacks: LogHit[];
/** Normal events that the base has not learned. */
let later: LogHit[];
let base: ModelCard;
const at = (name: string) => path.join(root, name);

const finetune = (name: string, hits: LogHit[], options: FinetuneOptionsInput, signal?: { at: AbortController }): Promise<ModelCard> =>
  finetuneModel({
    base: at('base'),
    dataset: datasetOf(hits),
    folder: at(name),
    modelId: name,
    options: finetuneOptionsSchema.parse({ name, minutes: 5, max_steps: 3, ...options }),
    signal: signal?.at.signal,
    onProgress: ({ stage }) => stage === 'train' && signal?.at.abort(),
  });

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-finetune-private-'));
  normal = [];
  attacks = [];
  for await (const event of simulate({ users: 4, days: 7, seed: 3, end: new Date('2024-06-01T00:00:00Z') })) {
    const hit = { _id: event._id, _index: event.dataset, _source: event._source as LogEvent };
    if (event.label === undefined) normal.push(hit);
    else if (event.label.phase === 'exercise') attacks.push(hit);
  }
  later = normal.slice(-700);
  const options = trainOptionsSchema.parse({ name: 'Base', size: 'tiny', minutes: 5, max_steps: 2, privacy: { noise_multiplier: 1 } });
  base = await trainModel({ dataset: datasetOf(normal.slice(0, 300)), folder: at('base'), modelId: 'base', options });
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('what is taught and replayed is bounded, and the card says by how much; the base keeps its own bound', async () => {
  const card = await finetune('private', later, { privacy: { epsilon: 6 } });
  const { privacy, normal: replayed } = card.finetune!;
  expect(privacy).toMatchObject({ delta: 1e-5, clip: 1, steps: 3, example_tokens: base.context });
  expect(privacy!.epsilon).toBeLessThanOrEqual(6);
  expect(privacy!.epsilon).toBeGreaterThan(5);
  expect(replayed.source).toBe('base');
  expect(card.privacy).toEqual(base.privacy);
  // Training losses tell of the examples; those that are said are of events that were held out.
  for (const { train, heldout } of card.loss_curve) expect(train).toBe(heldout);

  const adapters = await finetune('adapters', later, { lora_rank: 2, privacy: { noise_multiplier: 0.8 } });
  expect(adapters.finetune).toMatchObject({ lora: { rank: 2 }, privacy: { noise_multiplier: 0.8, steps: 3 } });
});

test('no event is in two examples', async () => {
  const hits = [...attacks, ...later];
  /** Events in the files that training reads. */
  const written = async (name: string, options: FinetuneOptionsInput) => {
    await expect(finetune(name, hits, options, { at: new AbortController() })).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
    const { trainTokens, replayTokens } = layout(at(name));
    return [trainTokens, replayTokens].reduce((sum, file) => {
      const tokens = new TokenFile(file);
      const { events } = tokens;
      tokens.close();
      return sum + events;
    }, 0);
  };
  const once = await written('once', { privacy: { noise_multiplier: 1 } });
  // A fifth is held out.
  expect(once).toBeGreaterThan(0.6 * hits.length);
  expect(once).toBeLessThanOrEqual(hits.length);
  expect(await written('often', {})).toBeGreaterThan(once);
});

test('without events that are held out there is no private training', async () => {
  await expect(finetune('few', attacks.slice(0, 3), { replay: 0, label: 'T1110', privacy: { noise_multiplier: 1 } })).rejects.toMatchObject({ code: 'LYREBIRD_TOO_FEW_EVENTS' });
});
