import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LyrebirdError } from '../../../common';
import { readSafetensors } from '../../../models/gpt';
import { loadWeights, train, TokenFileWriter, type TrainingPlan, type TrainingProgress } from '../../../models/train';
import { BOS, CONFIG, folder, plan, position, prepare } from './synthetic';

const bases: string[] = [];
const prepared = (size?: { streams: number; events: number }) => {
  const base = prepare(size);
  bases.push(base);
  return base;
};
afterAll(() => bases.forEach((base) => rmSync(base, { recursive: true, force: true })));

const bytes = (thePlan: TrainingPlan) => readFileSync(join(thePlan.folder, 'weights.safetensors'));

test('learns what can be learned, reports on the way and ends with a learning rate near zero', async () => {
  const thePlan = plan(prepared());
  const messages: TrainingProgress[] = [];
  const result = await train(thePlan, { onProgress: (progress) => messages.push(progress) });
  expect(result.steps).toBe(120);
  // log(2) / 3 = 0.231 is the entropy of the source; the token after the end of a stream's last event is never scored.
  expect(result.heldoutLoss).toBeLessThan(0.32);
  expect(result.heldoutLoss).toBeGreaterThan(0.2);
  expect(result.curve[0].train).toBeGreaterThan(1);
  expect(result.curve.filter((point) => point.heldout !== undefined).length).toBeGreaterThanOrEqual(10);
  expect(messages.flatMap(({ points }) => points)).toEqual(result.curve);
  expect(messages[messages.length - 1]).toMatchObject({ step: 120, progress: 1, etaSeconds: 0 });
  const progress = messages.map((message) => message.progress);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(Object.keys(loadWeights(result.weightsFile, CONFIG))).toContain('token');

  const before = statSync(result.weightsFile).mtimeMs;
  expect(await train(thePlan)).toEqual(result);
  expect(statSync(result.weightsFile).mtimeMs).toBe(before);
});

test('labelled events that nobody could foresee do not stand in the way of the best weights, where normal ones are asked for', async () => {
  const base = prepared();
  const writer = new TokenFileWriter(join(base, 'attacked'));
  for (let stream = 0; stream < 40; stream++) {
    writer.startStream(1 + (stream % 4), BOS);
    const entity = 1 + (stream % 4);
    for (let event = 0; event < 40; event++) {
      const attack = event >= 10 && event < 20;
      const tokens = attack ? [(17 * stream + 31 * event) % 60, (7 * stream + 11 * event) % 60, (5 * stream + 3 * event) % 60] : [1 + ((stream + event) % 2), 10 * entity + 1 + ((stream + event) % 2), 10 * entity + 3];
      writer.event(tokens, [1, 2, 3].map((field) => position({ field })), attack ? 1 : 0);
    }
  }
  writer.close();
  const attacked = plan(base, { heldoutFile: join(base, 'attacked'), maxSteps: 60 });
  const all = await train(attacked);
  const normal = await train({ ...attacked, heldoutNormal: true, folder: `${attacked.folder}-normal` });
  // Both learned the same: only what is measured differs.
  expect(normal.heldoutLoss).toBeLessThan(all.heldoutLoss / 2);
});

test('the same seed gives the same weights, another seed others', async () => {
  const a = plan(prepared(), { maxSteps: 20 });
  const b = plan(a.trainFile.replace(/train$/, ''), { maxSteps: 20, folder: `${a.folder}-b` });
  const c = { ...b, folder: `${a.folder}-c`, seed: 8 };
  for (const each of [a, b, c]) await train(each);
  expect(bytes(a).equals(bytes(b))).toBe(true);
  expect(bytes(a).equals(bytes(c))).toBe(false);
});

test('a cancelled training goes on where it stopped and ends bit for bit as one that was not', async () => {
  const whole = plan(prepared(), { maxSteps: 60 });
  const expected = await train(whole);

  const parted = { ...whole, folder: `${whole.folder}-parted` };
  const controller = new AbortController();
  await expect(
    train(parted, { signal: controller.signal, onProgress: ({ step }) => step >= 21 && controller.abort() })
  ).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  const { metadata } = readSafetensors(join(parted.folder, 'checkpoint.safetensors'));
  expect(JSON.parse(metadata.progress).step).toBeGreaterThanOrEqual(21);

  const steps: number[] = [];
  const result = await train(parted, { onProgress: ({ step }) => steps.push(step) });
  expect(steps[0]).toBeGreaterThan(21);
  expect(result.steps).toBe(60);
  expect(result.heldoutLoss).toBe(expected.heldoutLoss);
  expect(bytes(parted).equals(bytes(whole))).toBe(true);
});

test('a killed process loses no more than the time since the last checkpoint', async () => {
  const base = prepared();
  const thePlan = plan(base, { maxSteps: 100_000, minutes: 10, checkpointSeconds: 0 });
  const script = join(base, 'child.ts');
  writeFileSync(
    script,
    `import { train } from ${JSON.stringify(join(__dirname, '../../../models/train'))};
     void train(${JSON.stringify(thePlan)}, { onProgress: ({ step }) => console.log(step) });`
  );
  const child = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  while (output.split('\n').length < 12) {
    expect(child.exitCode).toBeNull();
    await wait(20);
  }
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  const reached = Number(output.trim().split('\n').pop());

  const controller = new AbortController();
  const steps: number[] = [];
  const resumed = train(thePlan, {
    signal: controller.signal,
    onProgress: ({ step }) => {
      steps.push(step);
      controller.abort();
    },
  });
  await expect(resumed).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  // Each run of at most 10 steps was followed by a checkpoint.
  expect(steps[0]).toBeGreaterThan(reached - 10);
});

test('a checkpoint may meet a budget that has been cut since', async () => {
  const long = plan(prepared(), { maxSteps: 100_000 });
  const controller = new AbortController();
  await expect(train(long, { signal: controller.signal, onProgress: () => controller.abort() })).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  const result = await train({ ...long, maxSteps: 1 });
  expect(result.heldoutLoss).toBeGreaterThan(1);
  expect(Object.keys(loadWeights(result.weightsFile, CONFIG))).toContain('token');
});

test('time ends a training without a number of steps', async () => {
  const thePlan = plan(prepared(), { maxSteps: undefined, minutes: 3 / 60 });
  const result = await train(thePlan);
  expect(result.seconds).toBeGreaterThanOrEqual(3);
  expect(result.seconds).toBeLessThan(10);
  expect(result.heldoutLoss).toBeLessThan(1);
});

test.each([
  ['one event', { streams: 1, events: 1 }],
  ['fewer tokens than a window', { streams: 2, events: 2 }],
])('trains on %s', async (_, size) => {
  const thePlan = plan(prepared(size), { maxSteps: 15 });
  const result = await train(thePlan);
  expect(result.steps).toBe(15);
  expect(Number.isFinite(result.heldoutLoss)).toBe(true);
});

test('without held-out events the training windows are measured', async () => {
  const base = prepared({ streams: 2, events: 20 });
  new TokenFileWriter(join(base, 'heldout')).close();
  const result = await train(plan(base, { maxSteps: 15 }));
  expect(result.heldoutLoss).toBeLessThan(4.2);
});

test('no events, a damaged checkpoint, another plan and a diverging rate are told apart', async () => {
  const empty = folder();
  bases.push(empty);
  new TokenFileWriter(join(empty, 'train')).close();
  new TokenFileWriter(join(empty, 'heldout')).close();
  await expect(train(plan(empty))).rejects.toMatchObject({ code: 'LYREBIRD_TOO_FEW_EVENTS' });

  const base = prepared({ streams: 4, events: 20 });
  await train(plan(base, { maxSteps: 10 }));
  await expect(train(plan(base, { maxSteps: 10, seed: 99 }))).rejects.toMatchObject({ code: 'LYREBIRD_CONFLICT' });

  const damaged = plan(base, { folder: join(base, 'damaged'), maxSteps: 1000 });
  const controller = new AbortController();
  await expect(train(damaged, { signal: controller.signal, onProgress: () => controller.abort() })).rejects.toBeInstanceOf(LyrebirdError);
  const checkpoint = join(damaged.folder, 'checkpoint.safetensors');
  expect(existsSync(checkpoint)).toBe(true);
  writeFileSync(checkpoint, readFileSync(checkpoint).subarray(0, 5000));
  await expect(train(damaged)).rejects.toMatchObject({ code: 'LYREBIRD_CORRUPT' });

  const diverging = plan(base, { folder: join(base, 'diverging'), learningRate: 1e30, warmupSteps: 1 });
  await expect(train(diverging)).rejects.toMatchObject({ code: 'LYREBIRD_INTERNAL', message: expect.stringContaining('diverged') });
});

test('ids beyond the sizes of the config are named', async () => {
  const base = folder();
  bases.push(base);
  for (const name of ['train', 'heldout']) {
    const writer = new TokenFileWriter(join(base, name));
    writer.startStream(1, BOS);
    writer.event([1, 64], [1, 2].map((field) => position({ field })), 0);
    writer.close();
  }
  await expect(train(plan(base))).rejects.toMatchObject({ code: 'LYREBIRD_CORRUPT', message: expect.stringContaining('token 64 of 64') });
});
