import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import {
  channelCount,
  createDecodingSession,
  createScoringSession,
  createTrainingSession,
  gptConfig,
  initWeights,
  seededUniform,
  zeroWeights,
  type GptConfig,
  type GptSize,
} from '../models/gpt';

export interface GptBenchRow {
  task: 'train' | 'score' | 'decode';
  /** Windows, or rows when decoding. */
  batch: number;
  /** Tokens a second: the best of the rounds, since other work on the machine only ever slows a round. */
  lyrebird: number;
  torch?: number;
  /** lyrebird / torch. */
  ratio?: number;
}

export interface GptBenchOptions {
  size?: GptSize;
  rounds?: number;
  tasks?: Array<GptBenchRow['task']>;
  threads?: number;
  /** Python with PyTorch. */
  python?: string;
}

interface Case {
  task: GptBenchRow['task'];
  batch: number;
  /** Steps, or positions when decoding. */
  steps: number;
}
const CASES: Case[] = [
  { task: 'train', batch: 16, steps: 10 },
  { task: 'score', batch: 8, steps: 10 },
  { task: 'decode', batch: 1, steps: 128 },
  { task: 'decode', batch: 16, steps: 128 },
  { task: 'decode', batch: 64, steps: 128 },
  { task: 'decode', batch: 256, steps: 64 },
];
/** Both runtimes let their threads spin for a while after a run: the other side waits until they sleep. */
const PAUSE_MS = 250;

/** Runs a case once and returns its seconds. */
type Side = (each: Case) => Promise<number>;

/**
 * Training, scoring and decoding in tokens per second, and the same model in PyTorch (eager, float32) where it is installed. The two
 * take turns, so that both see the same machine.
 */
export async function benchGpt(options: GptBenchOptions = {}): Promise<GptBenchRow[]> {
  const { size = 'small', rounds = 3, tasks = ['train', 'score', 'decode'], threads = availableParallelism(), python = process.env.PYTHON ?? 'python3' } = options;
  const config = gptConfig(size, { vocabulary: 2000, side: [40, 250, 97, 8, 26, 5], former: true });
  const torch = await startTorch(python, config, threads);
  try {
    const rows: GptBenchRow[] = [];
    for (const each of CASES.filter(({ task }) => tasks.includes(task))) {
      const { run, dispose } = await lyrebird(config, each, threads);
      const best = [Infinity, Infinity];
      const sides: Side[] = torch ? [run, torch.run] : [run];
      // The first round warms both up.
      for (let round = 0; round <= rounds; round++) {
        for (const [i, side] of sides.entries()) {
          const seconds = await side(each);
          if (round > 0) best[i] = Math.min(best[i], seconds);
          await wait(PAUSE_MS);
        }
      }
      await dispose();
      const tokens = each.steps * each.batch * (each.task === 'decode' ? 1 : config.context);
      const row: GptBenchRow = { task: each.task, batch: each.batch, lyrebird: Math.round(tokens / best[0]) };
      if (torch) Object.assign(row, { torch: Math.round(tokens / best[1]), ratio: Number((best[1] / best[0]).toFixed(2)) });
      rows.push(row);
    }
    return rows;
  } finally {
    torch?.stop();
  }
}

async function lyrebird(config: GptConfig, { task, batch, steps }: Case, threads: number): Promise<{ run: Side; dispose: () => Promise<void> }> {
  const weights = initWeights(config, 1);
  const options = { device: 'cpu', threads } as const;
  const uniform = seededUniform(2);
  const { context: T, vocabulary } = config;
  const sizes = [...config.side, vocabulary];
  const S = channelCount(config);
  const draw = (length: number) => new Int32Array(length).map(() => Math.floor(uniform() * vocabulary));
  const drawSide = (length: number) => new Int32Array(length * S).map((_, i) => Math.floor(uniform() * sizes[i % S]));

  if (task === 'train') {
    const optimizer = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1 };
    const state = { weights, moment1: zeroWeights(config), moment2: zeroWeights(config), step: 0 };
    const session = await createTrainingSession(config, state, { ...options, batch, optimizer });
    const positions = steps * T * batch;
    const batches = {
      steps,
      tokens: draw(positions),
      targets: draw(positions),
      side: drawSide(positions),
      weights: new Float32Array(positions).fill(1),
      learningRates: new Float32Array(steps).fill(1e-4),
    };
    return { run: () => timed(() => session.run(batches)), dispose: () => session.dispose() };
  }
  if (task === 'score') {
    const session = await createScoringSession(config, weights, options);
    const input = { rows: batch, length: T, tokens: draw(batch * T), targets: draw(batch * T), side: drawSide(batch * T) };
    const run = () =>
      timed(async () => {
        for (let i = 0; i < steps; i++) await session.run(input);
      });
    return { run, dispose: () => session.dispose() };
  }
  const session = await createDecodingSession(config, weights, batch, options);
  const empty = Array.from({ length: batch }, () => ({ tokens: new Int32Array(0), side: new Int32Array(0) }));
  const tokens = draw(batch);
  const side = drawSide(batch);
  const run = () =>
    timed(async () => {
      await session.prefill(empty);
      for (let i = 0; i < steps; i++) await session.step(tokens, side);
    });
  return { run, dispose: () => session.dispose() };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** `undefined` if Python or PyTorch is not there; throws when PyTorch is and does not work. */
async function startTorch(python: string, config: GptConfig, threads: number): Promise<{ run: Side; stop: () => void } | undefined> {
  const child = spawn(python, [join(__dirname, 'torch_gpt.py'), JSON.stringify({ ...config, threads })]);
  let messages = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text));
  const failed = new Promise<undefined>((resolve) => child.once('error', () => resolve(undefined)).once('close', () => resolve(undefined)));
  const lines = createInterface({ input: child.stdout });
  if ((await Promise.race([answer(lines), failed])) === undefined) {
    if (messages !== '' && !messages.includes('No module named')) throw new Error(`${python} could not run the benchmark: ${messages}`);
    return undefined;
  }
  return {
    async run(each) {
      child.stdin.write(`${JSON.stringify(each)}\n`);
      const line = await Promise.race([answer(lines), failed]);
      if (line === undefined) throw new Error(`${python} ended during the benchmark: ${messages}`);
      return (JSON.parse(line) as { seconds: number }).seconds;
    },
    stop: () => child.kill(),
  };
}

const answer = async (lines: Interface) => (await once(lines, 'line'))[0] as string;

export function formatGptBench(rows: GptBenchRow[]): string {
  const columns = (cells: string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(16) : cell.padStart(12))).join('');
  const number = (value: number | undefined) => value?.toLocaleString('en-US') ?? '-';
  const table = [
    columns(['tokens/s', 'lyrebird', 'PyTorch', 'ratio']),
    ...rows.map(({ task, batch, lyrebird: ours, torch, ratio }) => columns([`${task} x ${batch}`, number(ours), number(torch), ratio === undefined ? '-' : `${ratio} x`])),
  ];
  if (rows.every(({ torch }) => torch === undefined)) table.push('PyTorch is not installed: python3 -m pip install torch numpy, or set PYTHON.');
  return table.join('\n');
}

if (require.main === module) {
  void benchGpt().then((rows) => {
    console.log(formatGptBench(rows));
    console.log(JSON.stringify(rows));
  });
}
