import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import * as path from 'node:path';
import { LyrebirdError, type Json, type LogEvent, type LogHit, type Skipped } from '../../common';
import { count, isObject, parseJson, type SkipReason } from './hit';
import { splitTime } from './line_time';
import { splitLines, type Line } from './lines';
import { decompress } from './part';
import type { DatasetReader } from './types';

export interface LogFileOptions {
  /** The log is this member of each line's object; an array there is one event an element. */
  unwrap?: string;
  /** Members of the wrapper that an event is given when it lacks them: the entity or time field may stand outside. */
  keep?: readonly string[];
  /** Told each line that was set aside, with its reason and its 1-based number. */
  onSkip?: (reason: SkipReason, file: string, line: number) => void;
  /** Told the bytes of each piece as it lies on the disk (compressed, if the file is): with `logFilesSize`, the progress. */
  onRead?: (bytes: number) => void;
}

/** Lines looked at before a file is taken for plain text. */
const PROBE_LINES = 50;

/**
 * Log files as hits, in the order of the files and their lines: NDJSON of events, of search hits (`_source`), or plain
 * text, where a line becomes `{ message }`, and a time that it tells near its beginning is put into `@timestamp` instead; gzipped or not, told by
 * the content. `_index` is the file's name without its endings, so that files of different logs stay different log types.
 *
 * @throws LYREBIRD_NOT_FOUND for a file that is not there; LYREBIRD_BAD_REQUEST for JSON spread over several lines or broken gzip
 */
export async function* readLogFiles(files: readonly string[], options: LogFileOptions = {}): AsyncGenerator<LogHit> {
  // A misspelt last file should not be found out an hour into the first.
  for (const file of files) await requireFile(file);
  for (const file of files) yield* readLogFile(file, options);
}

/** Bytes of the files on the disk; undefined when one is a pipe or a device, which has no size. */
export async function logFilesSize(files: readonly string[]): Promise<number | undefined> {
  let bytes = 0;
  for (const file of files) {
    const found = await requireFile(file);
    if (!found.isFile()) return undefined;
    bytes += found.size;
  }
  return bytes;
}

/** The same files as a dataset to train on; `skipped` counts lines by reason as they are read. */
export function logFilesReader(files: readonly string[], options: LogFileOptions = {}): DatasetReader {
  let skipped: Skipped = {};
  return {
    source: files.map((file) => path.basename(file)).join(', '),
    get skipped() {
      return skipped;
    },
    async *hits() {
      skipped = {};
      yield* readLogFiles(files, {
        ...options,
        onSkip: (reason, file, line) => {
          count(skipped, reason);
          options.onSkip?.(reason, file, line);
        },
      });
    },
  };
}

async function* readLogFile(file: string, options: LogFileOptions): AsyncGenerator<LogHit> {
  const index = indexName(file);
  const wrap = (source: LogEvent): LogHit => ({ _index: index, _source: source });
  let text: boolean | undefined;
  let number = 0;

  for await (const batch of batches(file, options.onRead)) {
    text ??= options.unwrap === undefined && isPlainText(file, batch);
    for (const line of batch) {
      number += 1;
      if (text) {
        if (line === null) options.onSkip?.('line_too_long', file, number);
        else yield wrap(textEvent(line.toString('utf8')));
        continue;
      }
      const parsed = parseJson(line);
      const events = 'reason' in parsed ? parsed.reason : eventsOf(parsed.value, options);
      if (typeof events === 'string') {
        options.onSkip?.(events, file, number);
        continue;
      }
      for (const event of events) yield isSearchHit(event) ? hitOf(event, index) : wrap(event);
    }
  }
}

function textEvent(line: string): LogEvent {
  const split = splitTime(line);
  return split === undefined ? { message: line } : { '@timestamp': split.time, message: split.rest };
}

/** The first batch holds PROBE_LINES lines when the file has them. */
async function* batches(file: string, onRead: (bytes: number) => void = () => undefined): AsyncGenerator<Line[]> {
  const bytes = counted(createReadStream(file, { highWaterMark: 256 * 1024 }), onRead);
  let probe: Line[] | undefined = [];
  for await (const batch of splitLines(await gunzipIfGzip(bytes))) {
    if (probe === undefined) {
      yield batch;
      continue;
    }
    probe.push(...batch);
    if (probe.length >= PROBE_LINES) {
      yield probe;
      probe = undefined;
    }
  }
  if (probe !== undefined && probe.length > 0) yield probe;
}

async function* counted(bytes: AsyncIterable<Buffer>, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    onRead(chunk.length);
    yield chunk;
  }
}

async function gunzipIfGzip(bytes: AsyncIterable<Buffer>): Promise<AsyncGenerator<Buffer>> {
  const source = bytes[Symbol.asyncIterator]();
  const head = await source.next();
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (head.done) return;
      yield head.value;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
    } finally {
      await source.return?.();
    }
  }
  const gzip = !head.done && head.value[0] === 0x1f && head.value[1] === 0x8b;
  return decompress(all(), gzip);
}

function isPlainText(file: string, lines: Line[]): boolean {
  const first = lines[0]?.toString('utf8').trim();
  if (first === '[' || first === '{') {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `${file} is one JSON document over several lines; expected one event a line (NDJSON).`, `Convert it, for example: jq -c '.[]' ${path.basename(file)}`);
  }
  return !lines.slice(0, PROBE_LINES).some((line) => {
    const parsed = parseJson(line);
    return 'value' in parsed && typeof parsed.value === 'object' && parsed.value !== null;
  });
}

function eventsOf(value: Json, { unwrap, keep = [] }: LogFileOptions): LogEvent[] | SkipReason {
  const listed = Array.isArray(value) ? value : [value];
  const events: LogEvent[] = [];
  for (const wrapper of listed) {
    if (!isObject(wrapper)) return 'not_an_object';
    if (unwrap === undefined) {
      events.push(wrapper);
      continue;
    }
    const inner = wrapper[unwrap];
    if (inner === undefined) return 'member_missing';
    for (const event of Array.isArray(inner) ? inner : [inner]) {
      if (typeof event === 'string') events.push(keeping({ message: event }, wrapper, keep));
      else if (isObject(event)) events.push(keeping(event, wrapper, keep));
      else return 'not_an_object';
    }
  }
  return events;
}

function keeping(event: LogEvent, wrapper: LogEvent, keep: readonly string[]): LogEvent {
  const missing = keep.filter((name) => event[name] === undefined && wrapper[name] !== undefined);
  return missing.length === 0 ? event : { ...event, ...Object.fromEntries(missing.map((name) => [name, wrapper[name]!])) };
}

/** An Elasticsearch search hit, as export tools write them. */
function isSearchHit(event: LogEvent): boolean {
  return isObject(event._source) && Object.keys(event).every((key) => key.startsWith('_') || key === 'sort' || key === 'fields' || key === 'highlight');
}

function hitOf(event: LogEvent, index: string): LogHit {
  const hit: LogHit = { _source: event._source as LogEvent, _index: typeof event._index === 'string' ? event._index : index };
  if (typeof event._id === 'string') hit._id = event._id;
  return hit;
}

function indexName(file: string): string {
  const base = path.basename(file).replace(/\.gz$/i, '').replace(/\.(ndjson|jsonl|json|log|txt)$/i, '');
  return base.toLowerCase().replace(/[^a-z0-9._-]+/g, '-') || 'logs';
}

async function requireFile(file: string): Promise<Stats> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new LyrebirdError('LYREBIRD_NOT_FOUND', `The log file ${file} cannot be read: ${(cause as NodeJS.ErrnoException).code}.`, 'Check the path and its permissions.', { cause });
  });
  if (found.isDirectory()) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `${file} is a folder; expected a log file.`, 'Name the files in it.');
  return found;
}
