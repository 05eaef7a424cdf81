import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import { pino } from 'pino';
import { LyrebirdError, type ModelCard, type PluginJob } from '../../common';
import { fromElasticsearch } from '../../server/elasticsearch';
import { forgetElasticsearch, freePort, installElasticsearch, startElasticsearch } from '../elasticsearch';
import { createElasticsearchClient, startStandalone, type ElasticsearchOptions } from '../host';
import { requireCluster } from './cluster';
import type { StartSettings } from './options';
import { PluginClient } from './plugin_client';
import type { Progress, Report } from './progress';
import { loadSource, type LoadedLogs } from './sources';
import { keyOf, StartState, type JobIds } from './state';
import { summarise, type Summary } from './summary';
import { takeUp } from './take_up';

export interface RunOptions {
  settings: StartSettings;
  progress: Progress;
  signal: AbortSignal;
  /** Called with everything done; the app is served until it resolves. */
  serve: (url: string, summary: Summary) => Promise<void>;
}

/** All of `npm start`, stage by stage; whatever it started is stopped when it returns or throws. */
export async function run({ settings, progress, signal, serve }: RunOptions): Promise<void> {
  const dataDir = settings.data;
  const stops: (() => Promise<void>)[] = [];
  try {
    mkdirSync(dataDir, { recursive: true });
    await requirePort(settings.port);
    if (settings.fresh) await forget(dataDir, settings, progress);
    const elasticsearch = settings.elasticsearch ?? (await embedded(dataDir, progress, stops));
    if (settings.elasticsearch) await progress.stage('elasticsearch', 'Looking at the cluster', () => requireCluster(elasticsearch, { sample: settings.logs.length === 0, signal }));
    const client = createElasticsearchClient(elasticsearch);
    stops.push(() => client.close());
    signal.throwIfAborted();
    const logs = await progress.stage('load', 'Loading logs', (report) => load(client, settings, signal, report));
    for (const note of logs.notes) progress.note(`  ${note}`);

    const logger = pino({ level: 'info' }, pino.destination({ dest: path.join(dataDir, 'host.log'), mkdir: true, sync: true }));
    const node = settings.node ?? { embedded: { dataDir: path.join(dataDir, 'node') } };
    const host = await progress.stage('host', 'Starting the app', () => startStandalone({ port: settings.port, elasticsearch, dataDir, logger, config: { node } }));
    stops.push(() => host.close());
    const plugin = new PluginClient(host.url, signal);
    const outcome = await learn({ plugin, client, state: new StartState(dataDir), logs, settings, elasticsearch, progress });
    const anomalies = await plugin.anomalies(outcome.score.id, 10);
    const summary = summarise({
      ...outcome,
      source: logs.name,
      read: logs.read,
      loadingSkipped: logs.skipped,
      notes: logs.notes,
      split: logs.split,
      anomalies,
      seconds: progress.seconds,
    });
    await serve(`${host.url}/app/lyrebird`, summary);
  } finally {
    // Last started, first stopped; one that fails must not keep the others running.
    for (const stop of stops.reverse()) await stop().catch((error: unknown) => progress.note(`While stopping: ${String(error)}`));
  }
}

/** The app comes last, and would be refused only after everything else. */
async function requirePort(port: number): Promise<void> {
  await freePort(port).catch((cause: unknown) => {
    if (!(cause instanceof LyrebirdError)) throw cause;
    throw new LyrebirdError('LYREBIRD_CONFLICT', `Port ${port} of 127.0.0.1 is taken: the app cannot be served there.`, 'Stop what listens there (another npm start?), or choose another port with --port.', { cause });
  });
}

async function load(client: Client, settings: StartSettings, signal: AbortSignal, report: Report): Promise<LoadedLogs> {
  try {
    return await loadSource(client, settings, signal, report);
  } catch (error) {
    throw fromElasticsearch(error, 'load the logs');
  }
}

/** A cluster that was there already keeps what earlier starts wrote into it: it is not ours to delete from. */
async function forget(dataDir: string, { elasticsearch }: StartSettings, progress: Progress): Promise<void> {
  if (elasticsearch) progress.note(`What earlier starts wrote into ${elasticsearch.url} stays there; what they remember of it is forgotten.`);
  else await forgetElasticsearch(path.join(dataDir, 'elasticsearch-data'));
  for (const name of ['start.json', 'node']) await rm(path.join(dataDir, name), { recursive: true, force: true });
}

async function embedded(dataDir: string, progress: Progress, stops: (() => Promise<void>)[]): Promise<ElasticsearchOptions> {
  await progress.stage('install', 'Elasticsearch from Maven Central', (report) => installElasticsearch({ onProgress: (message) => report(0, message) }));
  const running = await progress.stage('elasticsearch', 'Starting Elasticsearch', () => startElasticsearch({ dataDir: path.join(dataDir, 'elasticsearch-data') }));
  stops.push(running.stop);
  return { url: running.url };
}

interface LearnOptions {
  plugin: PluginClient;
  client: Client;
  state: StartState;
  logs: LoadedLogs;
  settings: StartSettings;
  elasticsearch: ElasticsearchOptions;
  progress: Progress;
}

interface Learned {
  card: ModelCard;
  train: PluginJob;
  generate: PluginJob;
  score: PluginJob;
}

/** The three jobs, each taken up where an earlier start with the same parameters left it. */
async function learn({ plugin, client, state, logs, settings, elasticsearch, progress }: LearnOptions): Promise<Learned> {
  const { minutes, size, seed, generate: count } = settings;
  // The embedded Elasticsearch has another port each time, and is the same all the same.
  const cluster = settings.elasticsearch ? elasticsearch.url : 'embedded';
  const key = keyOf([cluster, logs.index, logs.split, logs.entityFields, minutes, size, seed, count, ...(settings.node ? [settings.node.url] : [])]);
  const before = await state.jobs(key);
  const ids: JobIds = {};
  const job = (kind: keyof JobIds, title: string, start: () => Promise<PluginJob>) =>
    progress.stage(kind, title, async (report) => {
      const started = await takeUp(plugin, client, before[kind], start);
      if (kind === 'train' && started.id !== before.train) {
        // Another model: what the earlier one wrote and scored is not this one's. Generating and scoring need nothing of each other.
        delete before.generate;
        delete before.score;
      }
      ids[kind] = started.id;
      await state.remember(key, { ...before, ...ids });
      return plugin.follow(started, ({ progress: share, stage, eta_seconds, loss_curve }) => {
        const loss = loss_curve.at(-1)?.train;
        report(share, [stage, loss === undefined ? '' : `loss ${loss.toFixed(3)} nats`].filter(Boolean).join(', '), eta_seconds);
      });
    });

  const { at } = logs.split;
  const source = { index: logs.index, time_field: '@timestamp' };
  const train = await job('train', 'Learning', () =>
    plugin.train({ source: { ...source, ...(at ? { to: at } : {}) }, options: { name: logs.name.slice(0, 60), minutes, size, seed, entity_fields: logs.entityFields, time_field: '@timestamp' } })
  );
  const model_id = train.model_id;
  if (!model_id) throw new LyrebirdError('LYREBIRD_INTERNAL', `The finished training job "${train.id}" names no model.`);
  const card = await plugin.model(model_id);
  const generate = await job('generate', 'Writing synthetic events', () => plugin.generate({ model_id, options: { count, seed } }));
  const score = await job('score', 'Scoring the newest events', () => plugin.score({ model_id, source: { ...source, ...(at ? { from: at } : {}) } }));
  return { card, train, generate, score };
}
