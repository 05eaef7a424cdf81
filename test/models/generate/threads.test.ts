import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { generateOptionsSchema, type GenerateOptionsInput } from '../../../common';
import { generateLines, type GeneratedLine, type GeneratorOptions } from '../../../models/generate';
import { FROM, office, TECHNIQUE } from './office_model';

/** Threads that were started and have not ended. */
const running = new Set<Worker>();

function withThreads(most: number): GeneratorOptions {
  const start = (): Worker => {
    const worker = new Worker(join(__dirname, 'office_worker.ts'), { execArgv: ['--require', require.resolve('tsx/cjs')] });
    running.add(worker);
    worker.once('exit', () => running.delete(worker));
    return worker;
  };
  return { ...office, threads: { most, start } };
}

async function write(generator: GeneratorOptions, wanted: GenerateOptionsInput, most = Infinity): Promise<GeneratedLine[]> {
  const lines: GeneratedLine[] = [];
  for await (const line of generateLines(generator, generateOptionsSchema.parse({ from: FROM, ...wanted }))) {
    if (lines.push(line) === most) break;
  }
  return lines;
}

test('a window of many entities is the same in one, two and three threads', async () => {
  const wanted: GenerateOptionsInput = { to: '2026-03-04T00:00:00Z', new_entities: 40 };
  const [one, two, three] = [await write(office, wanted), await write(withThreads(2), wanted), await write(withThreads(3), wanted)];
  expect(one.length).toBeGreaterThan(100);
  expect(two).toEqual(one);
  expect(three).toEqual(one);
  expect(running.size).toBe(0);
});

test('variants of an attack are the same in one and two threads', async () => {
  const wanted: GenerateOptionsInput = { technique: TECHNIQUE, into: 'personc', at: '2026-03-03T10:00:00Z', from: '2026-03-03T00:00:00Z', to: '2026-03-04T00:00:00Z', variants: 20 };
  const [one, two] = [await write(office, wanted), await write(withThreads(2), wanted)];
  expect(new Set(one.map(({ variant }) => variant)).size).toBe(20);
  expect(two).toEqual(one);
});

test('who stops reading ends the threads', async () => {
  const [some, alone] = [await write(withThreads(2), { new_entities: 40 }, 50), await write(office, { new_entities: 40, count: 50 })];
  expect(some).toEqual(alone);
  expect(running.size).toBe(0);
});

test('a run that is cancelled says so and ends the threads', async () => {
  const abort = new AbortController();
  const lines = generateLines(withThreads(2), generateOptionsSchema.parse({ from: FROM, new_entities: 40 }), { signal: abort.signal });
  await lines.next();
  abort.abort();
  await expect(
    (async () => {
      for await (const line of lines) expect(line.json).toBeDefined();
    })()
  ).rejects.toMatchObject({ code: 'LYREBIRD_CANCELLED' });
  expect(running.size).toBe(0);
});

test('what goes wrong in a thread is what the reader is told', async () => {
  const broken: GeneratorOptions = { ...office, threads: { most: 2, start: () => new Worker('throw new RangeError("no room");', { eval: true }) } };
  await expect(write(broken, { new_entities: 40 })).rejects.toThrow('no room');
});
