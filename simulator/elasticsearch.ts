import { setTimeout as sleep } from 'node:timers/promises';
import { errors, type Client } from '@elastic/elasticsearch';
import { LyrebirdError, type LogEvent } from '../common';
import { DATASETS, indexOf, type Dataset, type SampleEvent } from './events';
import { indexTemplates, labelsIndexOf, LABELS_MAPPING, SAMPLE_MARK } from './mapping';
import { periodOf, simulate, type Period, type SimulateOptions } from './simulate';

export interface LoadProgress {
  /** Events sent so far. */
  events: number;
  /** 0-1, by the events' own time. */
  progress: number;
  eta_seconds?: number;
}
export interface LoadOptions {
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
  /** Events per bulk request. Default 1,000. */
  batch?: number;
  /** Last part of the data streams' names, lower-case letters, digits and underscores. Default `default`. */
  namespace?: string;
}
export interface LoadResult {
  events: number;
  created: number;
  /** Already there from an earlier run. */
  existing: number;
  by_dataset: Record<Dataset, { events: number; created: number; existing: number }>;
  labels: number;
  attacks: number;
  seconds: number;
  period: { from: string; to: string };
}

/** Waits before the 1st, 2nd, ... retry of documents that were turned away for load, ms. */
const BACK_OFF = [200, 500, 1000, 2000, 4000, 8000, 15_000];
const RETRIED = new Set([429, 502, 503, 504]);

type Operation = { index: string; id: string; document: object; op: 'create' | 'index' };
type Outcome = 'created' | 'existing';

const unavailable = (message: string, cause?: unknown): LyrebirdError =>
  new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', message, 'Check that Elasticsearch is up and has room, then run it again: what is already there is kept.', { cause });

function stopped(signal?: AbortSignal): void {
  if (signal?.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'Loading the sample logs was cancelled.', 'Run it again: what is already there is kept.');
}

async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    stopped(signal);
  }
}

/** Sends one batch; retries, with growing pauses, the whole request or the documents that were refused for load. */
async function send(client: Client, operations: Operation[], signal?: AbortSignal): Promise<Outcome[]> {
  const outcomes = new Array<Outcome>(operations.length);
  let open = operations.map((_, i) => i);
  for (let attempt = 0; ; attempt++) {
    stopped(signal);
    let reason = '';
    try {
      const body = open.flatMap((i) => [{ [operations[i].op]: { _index: operations[i].index, _id: operations[i].id } }, operations[i].document]);
      const response = await client.bulk({ operations: body }, { signal, maxRetries: 3 });
      const again: number[] = [];
      response.items.forEach((item, at) => {
        const answer = item.create ?? item.index!;
        if (answer.status < 300) outcomes[open[at]] = 'created';
        else if (answer.status === 409) outcomes[open[at]] = 'existing';
        else if (RETRIED.has(answer.status)) {
          again.push(open[at]);
          reason = `${answer.error?.type}: ${answer.error?.reason}`;
        } else {
          throw new LyrebirdError(
            'LYREBIRD_CONFLICT',
            `${operations[open[at]].index} refused the sample event ${operations[open[at]].id}: ${answer.error?.type}: ${answer.error?.reason}`,
            'Its mapping differs from the one of the sample logs, most likely because the data stream was there before. Delete it or use another cluster.'
          );
        }
      });
      if (again.length === 0) return outcomes;
      open = again;
    } catch (error) {
      if (error instanceof LyrebirdError) throw error;
      stopped(signal);
      const status = error instanceof errors.ResponseError ? error.statusCode : undefined;
      const retriable = (status !== undefined && RETRIED.has(status)) || error instanceof errors.ConnectionError || error instanceof errors.TimeoutError;
      if (!retriable) throw error;
      reason = error instanceof Error ? error.message : String(error);
    }
    if (attempt >= BACK_OFF.length) throw unavailable(`Elasticsearch turned ${open.length} sample events away ${attempt + 1} times (${reason}).`);
    await pause(BACK_OFF[attempt], signal);
  }
}

/** Sample logs never go into a data stream that an organisation's own logs already use. */
async function refuseForeign(client: Client, namespace: string, signal?: AbortSignal): Promise<void> {
  for (const dataset of DATASETS) {
    const index = indexOf(dataset, namespace);
    const mappings = await client.indices.getMapping({ index: `${index}*`, allow_no_indices: true, expand_wildcards: 'all' }, { signal });
    for (const [backing, { mappings: mapping }] of Object.entries(mappings)) {
      const own = backing === index || backing.startsWith(`.ds-${index}-`);
      if (own && mapping._meta?.sample !== SAMPLE_MARK.sample)
        throw new LyrebirdError('LYREBIRD_CONFLICT', `${index} holds logs that are not the sample's (${backing}).`, 'Load the sample into another namespace, or delete that data stream if nobody needs it.');
    }
  }
}

/** What the labels index remembers of the sample that was begun last. */
interface Remembered {
  users: number;
  days: number;
  seed: number;
  scale: number;
  attacks?: number;
  end: string;
}

/**
 * Makes templates and labels index, and settles the period: without a given end, a sample with the same options that was
 * begun before (yesterday, say) is taken up again instead of loading a second one beside it.
 */
async function prepare(client: Client, options: SimulateOptions, namespace: string, signal?: AbortSignal): Promise<Period> {
  let period = periodOf(options);
  const labels = labelsIndexOf(namespace);
  try {
    await refuseForeign(client, namespace, signal);
    for (const { name, template } of indexTemplates(namespace)) await client.indices.putIndexTemplate({ name, ...template }, { signal });
    if (await client.indices.exists({ index: labels }, { signal })) {
      const mapping = await client.indices.getMapping({ index: labels }, { signal });
      const before = mapping[labels]?.mappings._meta?.sample as Remembered | undefined;
      const same = before && (['users', 'days', 'seed', 'scale', 'attacks'] as const).every((key) => before[key] === period[key]);
      if (same && options.end === undefined) period = periodOf({ ...options, end: new Date(before.end) });
    } else {
      await client.indices.create({ index: labels, mappings: LABELS_MAPPING, settings: { number_of_shards: 1, number_of_replicas: 0 } }, { signal });
    }
    const { users, days, seed, scale, attacks, end } = period;
    const sample: Remembered = { users, days, seed, scale, attacks, end: new Date(end).toISOString() };
    await client.indices.putMapping({ index: labels, _meta: { sample } }, { signal });
    return period;
  } catch (error) {
    stopped(signal);
    if (error instanceof errors.ConnectionError || error instanceof errors.TimeoutError) throw unavailable(`Elasticsearch does not answer: ${error.message}`, error);
    throw error;
  }
}

const documentOf = ({ dataset, _source }: SampleEvent, namespace: string): LogEvent => (namespace === 'default' ? _source : { ..._source, data_stream: { dataset, namespace, type: 'logs' } });
const labelOf = (event: SampleEvent, namespace: string): LogEvent => ({ '@timestamp': event.timestamp, event: { id: event._id, index: indexOf(event.dataset, namespace) }, dataset: event.dataset, entity: event.entity, ...event.label! });

/**
 * Loads the sample logs into their data streams and the labels of their attacks into `lyrebird-sample-labels`.
 * Safe to repeat: event ids follow from the options, and events that are there already are counted, not doubled. Without
 * `end`, a repeat on a later day takes up the period of the first load.
 * Throws LYREBIRD_ELASTICSEARCH_UNAVAILABLE after about half a minute of refusals, LYREBIRD_CONFLICT when a data stream of
 * that name holds other logs or has another mapping, LYREBIRD_CANCELLED through `signal`.
 */
export async function loadSample(client: Client, options: SimulateOptions = {}, { onProgress, signal, batch = 1000, namespace = 'default' }: LoadOptions = {}): Promise<LoadResult> {
  const began = Date.now();
  if (!/^[a-z0-9_]{1,60}$/.test(namespace)) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `namespace is "${namespace}", expected lower-case letters, digits and underscores.`, 'Leave it out to load into the default data streams.');
  const period = await prepare(client, options, namespace, signal);
  const count = (): { events: number; created: number; existing: number } => ({ events: 0, created: 0, existing: 0 });
  const by_dataset = Object.fromEntries(DATASETS.map((dataset) => [dataset, count()])) as LoadResult['by_dataset'];
  const total = count();
  const attacks = new Set<string>();
  let labels = 0;

  const flush = async (events: SampleEvent[]): Promise<void> => {
    const outcomes = await send(client, events.map((event) => ({ index: indexOf(event.dataset, namespace), id: event._id, document: documentOf(event, namespace), op: 'create' as const })), signal);
    events.forEach((event, i) => {
      for (const counts of [total, by_dataset[event.dataset]]) {
        counts.events++;
        counts[outcomes[i]]++;
      }
    });
    const labelled = events.filter((event) => event.label);
    if (labelled.length > 0) await send(client, labelled.map((event) => ({ index: labelsIndexOf(namespace), id: event._id, document: labelOf(event, namespace), op: 'index' as const })), signal);
    labels += labelled.length;
    for (const event of labelled) attacks.add(event.label!.attack_id);
    const progress = (Date.parse(events[events.length - 1].timestamp) - period.start) / (period.end - period.start);
    const elapsed = (Date.now() - began) / 1000;
    onProgress?.({ events: total.events, progress, eta_seconds: progress > 0.02 ? (elapsed / progress) * (1 - progress) : undefined });
  };

  // One batch is on its way while the next is written: Elasticsearch and this process share the work.
  let underWay: Promise<void> = Promise.resolve();
  let events: SampleEvent[] = [];
  for (const event of simulate({ ...options, end: new Date(period.end) })) {
    events.push(event);
    if (events.length < batch) continue;
    await underWay;
    underWay = flush(events);
    // Until it is awaited, a failure must not count as unhandled.
    underWay.catch(() => undefined);
    events = [];
    // Lets the request leave before the next batch is written.
    await new Promise(setImmediate);
  }
  await underWay;
  if (events.length > 0) await flush(events);
  await client.indices.refresh({ index: [...DATASETS.filter((dataset) => by_dataset[dataset].events > 0).map((dataset) => indexOf(dataset, namespace)), labelsIndexOf(namespace)] }, { signal });
  onProgress?.({ events: total.events, progress: 1, eta_seconds: 0 });
  return { ...total, by_dataset, labels, attacks: attacks.size, seconds: (Date.now() - began) / 1000, period: { from: new Date(period.start).toISOString(), to: new Date(period.end).toISOString() } };
}
