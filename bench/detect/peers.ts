import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { getPath } from '../../common';
import { runPython } from '../python';
import { columnsOf, valuesOf } from './columns';
import type { DetectionTask, TrueEvent } from './organisation';

export const PEERS = ['isolation_forest', 'autoencoder', 'deeplog'] as const;
export type PeerScores = Record<(typeof PEERS)[number], number[]>;

/**
 * The detectors of peers/detectors.py on the same events; without a Python that has what they need, the reason.
 *
 * @param only these detectors, with the fields that are given
 */
export async function peerScores<P extends (typeof PEERS)[number] = (typeof PEERS)[number]>(
  { train, test }: DetectionTask,
  folder: string,
  seed: number,
  { only, columns = new Set(columnsOf(train)) }: { only?: readonly P[]; columns?: ReadonlySet<string> } = {}
): Promise<Pick<PeerScores, P> | { missing: string }> {
  const line = (event: TrueEvent, isTrain: boolean) => `${JSON.stringify({ train: isTrain, entity: event.entity, time: event.time, key: keyOf(event), values: Object.fromEntries(valuesOf(event, columns)) })}\n`;
  function* lines() {
    for (const event of train) yield line(event, true);
    for (const event of test) yield line(event, false);
  }
  const [rows, out] = [path.join(folder, 'rows.ndjson'), path.join(folder, 'scores.json')];
  await pipeline(Readable.from(lines()), createWriteStream(rows));
  const ran = await runPython(path.join(__dirname, 'peers', 'detectors.py'), [rows, out, seed, availableParallelism(), ...(only ?? [])]);
  if ('missing' in ran) return ran;
  return JSON.parse(await readFile(out, 'utf8')) as Pick<PeerScores, P>;
}

const KEY = ['event.action', 'event.code', 'event.outcome'];
/** What DeepLog takes for the kind of an event. */
const keyOf = ({ hit: { _index, _source } }: TrueEvent): string => [_index, ...KEY.map((field) => getPath(_source, field))].join(' ');
