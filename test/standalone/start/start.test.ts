import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JOBS_INDEX, type PluginJob } from '../../../common';
import type { Summary } from '../../../standalone/start/summary';
import { testElasticsearch, type TestElasticsearch } from '../../support/elasticsearch';
import { allProcesses, type Process } from '../../support/processes';

jest.setTimeout(600_000);

const START = path.resolve(__dirname, '../../../scripts/start.js');
const EVENTS = 900;
const COUNT = 1_500;

let elasticsearch: TestElasticsearch;
let folder: string;
let dataDir: string;
let logs: string;
let running: ChildProcess[] = [];

beforeAll(async () => {
  elasticsearch = await testElasticsearch();
  folder = mkdtempSync(path.join(tmpdir(), 'lyrebird-start-'));
  logs = path.join(folder, `${elasticsearch.prefix}sign-ins.ndjson`);
  const lines = Array.from({ length: EVENTS }, (_, n) =>
    JSON.stringify({ time: new Date(Date.UTC(2026, 0, 1) + n * 600_000).toISOString(), user: { name: ['ada', 'bob', 'cyd'][n % 3] }, action: n % 4 ? 'sign-in' : 'sign-out', ip: `192.0.2.${n % 3}` })
  );
  writeFileSync(logs, lines.join('\n'));
});
beforeEach(() => void (dataDir = mkdtempSync(path.join(folder, 'data-'))));
afterEach(() => {
  for (const { pid } of running) signal(pid!, 'SIGKILL');
  running = [];
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

/** Like a terminal's: the whole foreground group gets the signal. */
function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // it has ended
  }
}

interface Started {
  /** Resolves when standard error has shown the text. */
  says(text: string): Promise<void>;
  /** The plugin's job of this start, once it is as wanted. */
  job(kind: 'train' | 'generate' | 'score', enough: (job: PluginJob) => boolean): Promise<PluginJob>;
  pid: number;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function start(...more: string[]): Started {
  const own = ['--once', '--port', '0', '--data', dataDir, '--logs', logs, '--size', 'tiny', '--minutes', '0.05', '--generate', String(COUNT), ...more];
  // Detached: a process group of its own, as a shell gives one.
  const child = spawn(process.execPath, [START, ...own], { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', ELASTICSEARCH_URL: elasticsearch.url } });
  running.push(child);
  let [stdout, stderr] = ['', ''];
  let over = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => ((over = true), { code: code as number | null, stdout, stderr }));
  const until = async <T>(what: string, look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (over) throw new Error(`ended without ${what}:\n${stderr}`);
      await sleep(20);
    }
  };
  return {
    pid: child.pid!,
    ended,
    says: async (text) => void (await until(`"${text}"`, async () => (stderr.includes(text) ? true : undefined))),
    job: (kind, enough) =>
      until(`the ${kind} job`, async () => {
        const id = remembered()[kind];
        const found = id && (await elasticsearch.client.get<{ job: PluginJob }>({ index: JOBS_INDEX, id }, { ignore: [404] }))._source?.job;
        return found && enough(found) ? found : undefined;
      }),
  };
}

/** The jobs that a start has noted for the next one. */
function remembered(): Record<string, string> {
  try {
    return Object.values(JSON.parse(readFileSync(path.join(dataDir, 'start.json'), 'utf8')) as Record<string, Record<string, string>>)[0] ?? {};
  } catch {
    return {};
  }
}

/** All that a start of this test began and that runs still: what names its folder, or is in its process group. */
function processes(): Process[] {
  const groups = new Set(running.map(({ pid }) => pid));
  return allProcesses().filter(({ group, args }) => groups.has(group) || args.includes(dataDir));
}

async function nothingRuns(): Promise<void> {
  while (processes().length > 0) await sleep(50);
}

async function interruptedAt(reach: (started: Started) => Promise<unknown>): Promise<void> {
  const started = start();
  await reach(started);
  signal(started.pid, 'SIGINT');
  const { code, stdout, stderr } = await started.ended;
  expect({ code, stdout, said: stderr.trimEnd().split('\n').at(-1) }).toEqual({ code: 130, stdout: '', said: 'Stopped. The next start goes on from here.' });
  await nothingRuns();
}

async function finished(...more: string[]): Promise<Summary> {
  const { code, stdout, stderr } = await start(...more).ended;
  if (code !== 0) throw new Error(`ended with code ${code}:\n${stderr}`);
  await nothingRuns();
  return JSON.parse(stdout) as Summary;
}

/** That the cluster holds each thing once, whatever happened on the way. */
async function expectOnce(summary: Summary): Promise<void> {
  expect(summary).toMatchObject({ events_read: EVENTS, generated: COUNT, valid: COUNT, refused: 0, scored: EVENTS / 10 });
  expect(summary.written + summary.written_before).toBe(COUNT);
  const { generate, score } = remembered();
  const { client } = elasticsearch;
  const target = async (id: string) => (await client.get<{ job: PluginJob }>({ index: JOBS_INDEX, id }))._source!.job.target_index!;
  // Starts with other options write into the same index.
  expect((await client.count({ index: await target(generate), query: { term: { 'lyrebird.model_id': summary.model_id } } })).count).toBe(COUNT);
  const buckets = { query: { term: { result_type: 'bucket' } }, aggs: { events: { sum: { field: 'event_count' } } } };
  const results = await client.search<unknown, { events: { value: number } }>({ index: await target(score), size: 0, ...buckets });
  expect(results.aggregations!.events.value).toBe(EVENTS / 10);
}

test('Ctrl-C at each stage ends everything, and the next start goes on from there to the same totals', async () => {
  await interruptedAt((started) => started.says('Loading logs …'));
  await interruptedAt((started) => started.job('train', ({ stage }) => stage === 'train'));
  const { train } = remembered();
  await interruptedAt((started) => started.job('generate', ({ counts }) => counts.generated > 0));
  await interruptedAt((started) => started.says('Scoring the newest events …'));
  const first = await finished();
  expect(remembered().train).toBe(train);
  await expectOnce(first);

  const again = await finished();
  expect(again).toMatchObject({ model_id: first.model_id, anomalies: first.anomalies, notes: expect.arrayContaining(['the logs were there already']) });
  await expectOnce(again);
});

test('a start that was killed without a word leaves nothing running, and the next one goes on', async () => {
  const started = start('--seed', '2');
  await started.job('train', ({ stage }) => stage === 'train');
  process.kill(processes().find(({ parent, args }) => parent === started.pid && args.includes('main.ts'))!.pid, 'SIGKILL');
  expect((await started.ended).code).toBe(1);
  await nothingRuns();
  const { train } = remembered();

  // This time the one that npm runs is killed: what it began has nobody left to work for.
  const next = start('--seed', '2');
  await next.job('generate', ({ counts }) => counts.generated > 0);
  process.kill(next.pid, 'SIGKILL');
  await nothingRuns();
  await expectOnce(await finished('--seed', '2'));
  expect(remembered().train).toBe(train);
});

test('--fresh learns anew, and a port that is taken is said before anything is done', async () => {
  const first = await finished('--seed', '3');
  const anew = await finished('--seed', '3', '--fresh');
  expect(anew.model_id).not.toBe(first.model_id);
  expect(anew).toMatchObject({ events_read: EVENTS, written: COUNT, written_before: 0 });
  const { port } = new URL(elasticsearch.url);
  const { code, stderr } = await start('--port', port).ended;
  expect(code).toBe(1);
  expect(stderr).toBe(`Port ${port} of 127.0.0.1 is taken: the app cannot be served there.\nStop what listens there (another npm start?), or choose another port with --port.\n(LYREBIRD_CONFLICT)\n`);
});
