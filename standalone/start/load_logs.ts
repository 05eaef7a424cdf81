import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors, type Client } from '@elastic/elasticsearch';
import { z } from 'zod';
import { getPath, LyrebirdError, skippedSchema, type LogEvent, type LogHit, type Skipped } from '../../common';
import { readLogFiles, type LogFileOptions } from '../../models/dataset';
import { eventTime } from './event_time';
import { entityOf, findLogFields, ONE_ENTITY_FIELD, type LogFields } from './log_fields';
import { LOGS_INDEX, withoutReserved } from './logs_index';

export interface LoadLogsOptions {
  files: readonly string[];
  /** The log is this member of each line's object. */
  unwrap?: string;
  entityFields?: readonly string[];
  timeField?: string;
  /** Field whose value is the event's id; an event without one gets an id made from its line. */
  idField?: string;
  signal?: AbortSignal;
  /** Events sent so far, and the share of the bytes that they are, 0-1 (an estimate for gzip). */
  onProgress?: (events: number, share: number) => void;
}

export interface LoadLogsResult {
  index: string;
  /** Events found in the files. */
  read: number;
  created: number;
  /** There already from an earlier load of the same files. */
  existing: number;
  /** Events the index refused, by reason; lines that are no events, by reason. */
  skipped: Skipped;
  /** Events that had no time and were given one in the order of the lines. */
  made_up_times: number;
  /** Fields whose names Elasticsearch keeps for itself: they are there without the underscore. */
  renamed: string[];
  /** Fields that name whose event it is, in order of preference: those that a person named, else the common ones and those found. */
  entity_fields: string[];
  /** Events that name nobody. Unless a person named the fields, they are taken as one entity. */
  unnamed: number;
  /** The field that says so of them; undefined: every event has an entity of its own, or is set aside. */
  made_up_entity?: string;
}

const BATCH_BYTES = 4 * 2 ** 20;
const BATCH_EVENTS = 2000;
/** An index that gets many new fields at once takes its time. */
const BULK_TIMEOUT_MS = 180_000;
const BACK_OFF_MS = [500, 1000, 2000, 4000, 8000, 16_000];
/** First time that is made up; a second a line from there. */
const MADE_UP_START = Date.UTC(2020, 0, 1);

/**
 * Loads log files into an index of their own, `lyrebird-logs-<name>`. A repeat changes nothing: ids follow from the
 * files, the lines and their order, and files that are there whole are not sent again.
 * @throws LyrebirdError LYREBIRD_NOT_FOUND (file), LYREBIRD_NO_EVENTS, LYREBIRD_ELASTICSEARCH_UNAVAILABLE, LYREBIRD_CANCELLED.
 */
export async function loadLogs(client: Client, options: LoadLogsOptions): Promise<LoadLogsResult> {
  const index = await indexNameOf(options);
  const loaded = await loadedBefore(client, index);
  if (loaded) return loaded;
  const fields = await findLogFields(readLogFiles(options.files, fileOptions(options)), options, options.signal);
  const result: LoadLogsResult = { index, read: 0, created: 0, existing: 0, skipped: {}, made_up_times: 0, renamed: [], entity_fields: fields.nobody ? [] : fields.entityFields, unnamed: 0 };
  await createIndex(client, index, fields.properties);

  let batch: Prepared[] = [];
  let bytes = 0;
  let sent = 0;
  const total = await sizeOf(options.files);
  const flush = async () => {
    if (batch.length > 0) await send(client, index, batch, result, options.signal);
    batch = [];
    sent += bytes;
    bytes = 0;
    options.onProgress?.(result.read, Math.min(0.99, sent / total));
  };
  const onRename = (name: string) => void (result.renamed.includes(name) || result.renamed.push(name));
  let before: number | undefined;
  for await (const hit of readLogFiles(options.files, fileOptions(options, (reason) => add(result.skipped, reason)))) {
    const ordinal = result.read++;
    const own = eventTime(hit._source, fields.timeFields, fields.seconds);
    if (own === undefined) result.made_up_times++;
    // Between events that have a time, one that has none happened right after the one before it.
    const time = own ?? (before === undefined ? MADE_UP_START + ordinal * 1000 : before + (result.made_up_times === ordinal + 1 ? 1000 : 1));
    before = time;
    const source: LogEvent = { ...withoutReserved(hit._source, onRename), '@timestamp': new Date(time).toISOString() };
    if (!entityOf(hit._source, result.entity_fields)) {
      result.unnamed++;
      if (fields.nobody || !fields.named) source[ONE_ENTITY_FIELD] = fields.nobody ? 'all' : 'unnamed';
    }
    const json = JSON.stringify(source);
    batch.push({ id: idOf(hit, ordinal, options.idField), json });
    bytes += json.length;
    if (bytes >= BATCH_BYTES || batch.length >= BATCH_EVENTS) await flush();
  }
  await flush();
  if (result.unnamed > 0 && (fields.nobody || !fields.named)) {
    result.made_up_entity = ONE_ENTITY_FIELD;
    result.entity_fields.push(ONE_ENTITY_FIELD);
  }
  await client.indices.refresh({ index });
  if (result.created + result.existing === 0) {
    const reasons = Object.entries(result.skipped).map(([reason, count]) => `${count} × ${reason}`).join('; ');
    throw new LyrebirdError('LYREBIRD_NO_EVENTS', `No event could be loaded from ${options.files.join(', ')}${reasons ? ` (${reasons})` : ': nothing is in there'}.`, 'Expected one JSON object, or one line of text, a line. When the event is a member of each line, name it with --unwrap.');
  }
  const { count: documents } = await client.count({ index });
  const { read, skipped, made_up_times, renamed, entity_fields, unnamed, made_up_entity } = result;
  await client.indices.putMapping({ index, _meta: { [LOADED]: { read, documents, skipped, made_up_times, renamed, entity_fields, unnamed, made_up_entity } satisfies Loaded } });
  return result;
}

/** Where the index's mapping keeps what a finished load found. */
const LOADED = 'lyrebird_load';
const loadedSchema = z.object({
  read: z.number().int(),
  /** Fewer or more of them now: something was changed since. */
  documents: z.number().int(),
  skipped: skippedSchema,
  made_up_times: z.number().int(),
  renamed: z.array(z.string()),
  entity_fields: z.array(z.string()),
  unnamed: z.number().int(),
  made_up_entity: z.string().optional(),
});
type Loaded = z.infer<typeof loadedSchema>;

/** What an earlier load of the same files gave, when all of it is still there. The index's name stands for the files and how they are read. */
async function loadedBefore(client: Client, index: string): Promise<LoadLogsResult | undefined> {
  const found = await client.indices.getMapping({ index }, { ignore: [404] });
  const loaded = loadedSchema.safeParse(found[index]?.mappings._meta?.[LOADED]);
  if (!loaded.success) return undefined;
  const { documents, ...facts } = loaded.data;
  await client.indices.refresh({ index });
  if ((await client.count({ index })).count !== documents) return undefined;
  return { index, ...facts, created: 0, existing: documents };
}

/** Logs compress about twelvefold. */
async function sizeOf(files: readonly string[]): Promise<number> {
  let total = 1;
  for (const file of files) total += (await stat(file)).size * (file.endsWith('.gz') ? 12 : 1);
  return total;
}

interface Prepared {
  id: string;
  json: string;
}

function fileOptions(options: LoadLogsOptions, onSkip?: (reason: string) => void): LogFileOptions {
  // The entity or the time may stand beside the wrapped event.
  const keep = [...(options.entityFields ?? []), ...(options.timeField ? [options.timeField] : [])];
  return { unwrap: options.unwrap, keep, onSkip };
}

function idOf(hit: LogHit, ordinal: number, field?: string): string {
  const named = field ? getPath(hit._source, field) : undefined;
  if (typeof named === 'number' || (typeof named === 'string' && named !== '' && Buffer.byteLength(named) <= 512)) return String(named);
  if (hit._id && Buffer.byteLength(hit._id) <= 512) return hit._id;
  return createHash('sha256').update(`${hit._index}\n${ordinal}\n${JSON.stringify(hit._source)}`).digest('hex').slice(0, 32);
}

/** The first file's name for people, and a hash of what decides the content, so that other logs get another index. */
async function indexNameOf({ files, unwrap, timeField, entityFields, idField }: LoadLogsOptions): Promise<string> {
  const facts = await Promise.all(
    files.map(async (file) => {
      const found = await stat(file).catch((cause: unknown) => {
        throw new LyrebirdError('LYREBIRD_NOT_FOUND', `The log file ${file} cannot be read: ${(cause as NodeJS.ErrnoException).code}.`, 'Check the path and its permissions.', { cause });
      });
      return [path.resolve(file), found.size, found.mtimeMs];
    })
  );
  const hash = createHash('sha256').update(JSON.stringify([facts, unwrap, timeField, entityFields, idField])).digest('hex').slice(0, 8);
  const name = path.basename(files[0] ?? 'logs').toLowerCase().split('.')[0].replace(/[^a-z0-9_-]+/g, '-').slice(0, 60) || 'logs';
  return `lyrebird-logs-${name}-${hash}`;
}

async function createIndex(client: Client, index: string, properties: LogFields['properties']): Promise<void> {
  const isThere = (error: unknown) => error instanceof errors.ResponseError && error.body?.error?.type === 'resource_already_exists_exception';
  try {
    await client.indices.create({ index, ...LOGS_INDEX, mappings: { ...LOGS_INDEX.mappings, properties: { ...properties, ...LOGS_INDEX.mappings!.properties } } });
  } catch (error) {
    if (isThere(error)) return;
    if (!(error instanceof errors.ResponseError) || error.statusCode !== 400) throw error;
    // A field by a name that no index takes: the documents without it are mapped as they come.
    await client.indices.create({ index, ...LOGS_INDEX }).catch((cause: unknown) => {
      if (!isThere(cause)) throw cause;
    });
  }
}

/** One bulk request, repeated for what Elasticsearch was too busy for. Every event ends up created, existing or skipped. */
async function send(client: Client, index: string, batch: Prepared[], result: LoadLogsResult, signal?: AbortSignal): Promise<void> {
  let open = batch;
  let last = '';
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      const operations = open.flatMap(({ id, json }) => [JSON.stringify({ create: { _id: id } }), json]);
      const answer = await client.bulk({ index, operations }, { signal, maxRetries: 0, requestTimeout: BULK_TIMEOUT_MS });
      const busy: Prepared[] = [];
      answer.items.forEach(({ create }, i) => {
        if (!create?.error) result.created++;
        else if (create.status === 409) result.existing++;
        else if (create.status === 429 || create.status === 503) busy.push(open[i]);
        else add(result.skipped, refusal(create.error));
      });
      open = busy;
      last = 'too busy';
    } catch (error) {
      if (signal?.aborted) throw error;
      const status = error instanceof errors.ResponseError ? error.statusCode : undefined;
      // The whole request was refused for one event that no JSON parser of the other side takes: find it by halves.
      if (status !== undefined && [400, 413].includes(status)) {
        if (open.length > 1) {
          await send(client, index, open.slice(0, open.length >> 1), result, signal);
          await send(client, index, open.slice(open.length >> 1), result, signal);
        } else add(result.skipped, `refused: HTTP ${status}`);
        return;
      }
      if (status !== undefined && ![429, 502, 503, 504].includes(status)) throw error;
      last = error instanceof Error ? error.message : String(error);
    }
    if (open.length === 0) return;
    if (attempt >= BACK_OFF_MS.length) {
      throw new LyrebirdError('LYREBIRD_ELASTICSEARCH_UNAVAILABLE', `Elasticsearch turned ${open.length} events away ${attempt + 1} times (${last}).`, 'Start again: what is loaded stays, and the rest follows.');
    }
    await sleep(BACK_OFF_MS[attempt], undefined, { signal });
  }
}

/** The error's type, and the innermost reason without what differs from event to event. */
function refusal(error: { type?: string | null; reason?: string | null; caused_by?: { reason?: string | null } }): string {
  const reason = (error.caused_by?.reason ?? error.reason ?? '').replace(/^\[\d+:\d+\] /, '').split('\n')[0].slice(0, 160);
  return `refused: ${error.type ?? 'unknown'}: ${reason}`;
}

function add(counts: Skipped, reason: string): void {
  counts[reason] = (counts[reason] ?? 0) + 1;
}
