import { getPath, withoutPaths, type LogHit, type ModelCard } from '../../common';
import type { PreparedEvent } from '../codec/types';
import type { DatasetReader } from '../dataset';
import { asKnownType, prepareHit, type EventFields } from '../prepare';

/** Events after a model's training that are enough to judge it by; with fewer, those are that it held out. */
const ENOUGH = 200;
/** Events judged, the earliest: they are held in memory, and scored twice. */
const MOST_JUDGED = 20_000;

/** How a dataset's events are read for a model. */
export interface Reading {
  fields: EventFields;
  logTypes: readonly string[];
  labelFields: readonly string[];
}

/** An event as the model knows it, and what it is labelled with. */
export interface ReadHit {
  hit: LogHit;
  event: PreparedEvent;
  /** Of which attack it is; absent for what is normal. */
  label?: string;
}

/** Events that have a time and an entity. */
export async function* readHits(dataset: DatasetReader, { fields, logTypes, labelFields }: Reading): AsyncGenerator<ReadHit> {
  for await (const hit of dataset.hits()) {
    const read = prepareHit(hit, fields);
    if (typeof read === 'string') continue;
    const label = labelFields.map((path) => getPath(hit._source, path)).find((value) => value !== undefined && value !== null && value !== '' && value !== false);
    yield { hit, event: asKnownType(read, hit, logTypes), ...(label !== undefined && { label: String(label) }) };
  }
}

/**
 * From when on (ms) events judge: what came after the model's training, or else what it held out of that.
 *
 * @param learned events up to the end of the training
 */
export async function splitTime(dataset: DatasetReader, reading: Reading, card: ModelCard): Promise<{ from: number; learned: number }> {
  const end = Date.parse(card.time_range.to);
  let [learned, later] = [0, 0];
  for await (const { event } of readHits(dataset, reading)) {
    if (event.time <= end) learned++;
    else later++;
  }
  const from = later >= ENOUGH || card.heldout_from === undefined ? end + 1 : Date.parse(card.heldout_from);
  return { from, learned };
}

/** Held-out events in time order, without what says that they are an attack's. */
export async function heldOut(dataset: DatasetReader, reading: Reading, from: number): Promise<ReadHit[]> {
  let found: ReadHit[] = [];
  const earliest = () => found.sort((a, b) => a.event.time - b.event.time).slice(0, MOST_JUDGED);
  // A label is no evidence, nor are the fields around it.
  const telling = reading.labelFields.map((path) => (path.startsWith('threat.') ? 'threat' : path));
  for await (const read of readHits(dataset, reading)) {
    if (read.event.time < from) continue;
    found.push({ ...read, hit: { ...read.hit, _source: withoutPaths(read.hit._source, telling) } });
    if (found.length >= 2 * MOST_JUDGED) found = earliest();
  }
  return earliest();
}

/** Labelled events of one entity that are further apart belong to two attacks, ms. */
const PAUSE = 6 * 3_600_000;

/** A name for the attack of each event, in time order; undefined for what is normal. */
export function attacksOf(events: readonly ReadHit[]): Array<string | undefined> {
  const open = new Map<string, { name: string; time: number }>();
  return events.map(({ event: { entity, time }, label }) => {
    if (label === undefined) return undefined;
    const key = `${entity}\u0000${label}`;
    const current = open.get(key);
    const name = current !== undefined && time - current.time <= PAUSE ? current.name : `${key}\u0000${time}`;
    open.set(key, { name, time });
    return name;
  });
}
