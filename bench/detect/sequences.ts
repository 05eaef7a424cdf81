import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { LogHit } from '../../common';

/** The values of an NDJSON file, gzipped or not. */
export async function readNdjson<T>(file: string): Promise<T[]> {
  const bytes = await readFile(file);
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as T);
}

const WEEK = 7 * 86_400_000;
/** Sequences say nothing of times: each session begins on a Thursday at noon (several on one, when there are more than weeks), and its events are a second apart. */
const FIRST = Date.UTC(1990, 1, 1, 12);
const WEEKS = 5000;

/** Sequences of event names as events of sessions. */
export const sessionHits = (index: string, sessions: ReadonlyArray<{ id: string; events: ReadonlyArray<string | number> }>): LogHit[] =>
  sessions.flatMap(({ id, events }, i) =>
    events.map((event, at) => ({
      _index: index,
      _source: { '@timestamp': new Date(FIRST + (i % WEEKS) * WEEK + at * 1000).toISOString(), session: id, event: { code: String(event).replace(/^E?/, 'E') } },
    }))
  );
