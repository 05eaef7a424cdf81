import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { TokenFile, TokenFileWriter, train } from '../../../models/train';
import { epsilonOf } from '../../../models/train/privacy/accountant';
import { disjointExamples } from '../../../models/train/privacy/examples';
import { BOS, CONFIG, folder, plan, position, prepare, writeEvents } from './synthetic';

jest.setTimeout(240_000);

let base: string;
beforeAll(() => (base = prepare()));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const at = (name: string) => join(base, name);

test('examples are whole events of one stream, cover all and share nothing', () => {
  const path = join(base, 'odd');
  const writer = new TokenFileWriter(path);
  const event = (length: number) => {
    const values = Array.from({ length }, (_, i) => 1 + i);
    writer.event(values, values.map(() => position({ field: 1, slot: 2, weekday: 3 })), 0);
  };
  // The second stream has one long event, the third an end that just fits.
  for (const lengths of [[4, 4, 4], [25], [5, 5, 1], [3]]) {
    writer.startStream(1, BOS);
    lengths.forEach(event);
  }
  writer.close();
  const file = new TokenFile(path);
  expect(disjointExamples(file, BOS, 10).map(({ start, length }) => [start, length])).toEqual([
    [1, 8],
    [9, 4],
    [14, 10],
    [24, 10],
    [34, 5],
    [40, 10],
    [50, 1],
    [52, 3],
  ]);
  file.close();
});

test('learns under noise, and says what it has spent; nothing is said of the training losses', async () => {
  const privacy = { noiseMultiplier: 0.6, delta: 1e-5, clip: 1 };
  const result = await train(plan(base, { folder: at('noisy'), privacy, maxSteps: 60, batch: 16, entityDropout: 0 }));
  expect(result.heldoutLoss).toBeLessThan(2.5);
  const file = new TokenFile(at('train'));
  const examples = disjointExamples(file, BOS, CONFIG.context).length;
  file.close();
  const { epsilon } = result.privacy!;
  expect(result.privacy).toEqual({ epsilon, delta: 1e-5, noiseMultiplier: 0.6, clip: 1, sampleRate: 16 / examples, steps: 60, examples });
  expect(epsilon).toBe(epsilonOf({ sampleRate: 16 / examples, noiseMultiplier: 0.6 }, 60, 1e-5));
  for (const point of result.curve) expect(point.train).toBe(point.heldout);
});

test('an epsilon is never passed: with noise given, training ends; without, the noise is chosen, and a resumed training keeps it', async () => {
  const ended = await train(plan(base, { folder: at('ended'), privacy: { epsilon: 4, noiseMultiplier: 0.8, delta: 1e-5, clip: 1 }, maxSteps: 100_000 }));
  expect(ended.privacy!.epsilon).toBeLessThanOrEqual(4);
  const { sampleRate, noiseMultiplier, steps } = ended.privacy!;
  expect(epsilonOf({ sampleRate, noiseMultiplier }, steps + 1, 1e-5)).toBeGreaterThan(4);

  const privacy = { epsilon: 3, delta: 1e-5, clip: 1 };
  const stop = new AbortController();
  const cancelled = train(plan(base, { folder: at('chosen'), privacy, maxSteps: 30 }), { signal: stop.signal, onProgress: ({ step }) => step >= 10 && stop.abort() });
  await expect(cancelled).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  const chosen = await train(plan(base, { folder: at('chosen'), privacy, maxSteps: 30 }));
  expect(chosen.steps).toBe(30);
  expect(chosen.privacy!.epsilon).toBeLessThanOrEqual(3);
  expect(chosen.privacy!.epsilon).toBeGreaterThan(2.8);
});

test('what cannot be kept private is refused', async () => {
  const privacy = { noiseMultiplier: 1, delta: 1e-5, clip: 1 };
  const few = folder();
  writeEvents(join(few, 'train'), { streams: 2, events: 3, seed: 1 });
  writeEvents(join(few, 'heldout'), { streams: 2, events: 3, seed: 2 });
  await expect(train(plan(few, { privacy }))).rejects.toMatchObject({ code: 'LYREBIRD_TOO_FEW_EVENTS', message: expect.stringContaining('2 examples of 32 tokens') });
  writeEvents(join(few, 'heldout'), { streams: 0, events: 0, seed: 2 });
  await expect(train(plan(few, { privacy }))).rejects.toMatchObject({ code: 'LYREBIRD_TOO_FEW_EVENTS', message: expect.stringContaining('held out') });
  await expect(train(plan(base, { folder: at('loud'), privacy: { ...privacy, noiseMultiplier: 0.3, epsilon: 0.5 } }))).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST', message: expect.stringContaining('the first step spends') });
  rmSync(few, { recursive: true });
});
