import { LyrebirdError } from '../../../common';
import { techniqueId } from '../channels';
import type { EventGrammar, WriteObserver } from '../event_grammar';
import { FieldCodec } from '../field_codec';
import { LONG_GAP, MORE_DAYS, SESSION_PAUSE, dayOf } from '../gap';
import { fitBins, joinBins } from '../kinds/bins';
import { ShapeFinder } from '../shapes';
import { FORMAT, VERSION, type FieldCodecSpec, type GapSpec, type TypeSpec } from '../spec';
import type { Codec, FitOptions, PreparedEvent } from '../types';
import { fitType } from './fit_type';
import { typeHabits } from './habits';
import { learnShapes } from './learn_shapes';
import { sharedAddresses } from './company';
import { joinPools } from './pools';
import { isPath, scan, type ScannedType } from './scan';
import { emptyWritten, noteClass, noteTexts, shareTokens, type Written } from './tokens';

export interface FieldFitOptions extends FitOptions {
  /** More events are thinned to about this many, in runs; default 60,000. */
  maxEvents?: number;
}

const MAX_EVENTS = 60_000;
/** Consecutive events that stay together when events are thinned. */
const RUN = 64;
const GAP_BINS = { within: 40, between: 24 };
const MAX_EXCEPTION_SETS = 512;
/** Tokens for sets of exceptions, all log types together. */
const MAX_EXCEPTION_TOKENS = 8192;
/** Log types with a grammar of their own, the most frequent; events of the others are written whole. */
const MAX_TYPES = 2000;
export const UNKNOWN_ENTITY = '(unknown)';
export const NO_TECHNIQUE = '(none)';

/**
 * Learns a codec from streams of events, one per entity in time order.
 * Throws LYREBIRD_TOO_FEW_EVENTS when there are none.
 */
export function fitCodec(streams: PreparedEvent[][], options: FieldFitOptions): Codec {
  const total = streams.reduce((sum, stream) => sum + stream.length, 0);
  if (total === 0) {
    throw new LyrebirdError('LYREBIRD_TOO_FEW_EVENTS', 'There are no events to learn from.', 'Check the time range, the query and the entity field.');
  }
  const names = [...new Set(streams.flatMap((stream) => (stream.length > 0 ? [stream[0].entity] : [])))];
  const entities = [UNKNOWN_ENTITY, ...(options.sessions ? [] : names)];
  const techniques = [NO_TECHNIQUE, ...[...new Set(streams.flatMap((stream) => stream.flatMap(({ technique }) => technique ?? [])))].sort()];
  const used = thinStreams(streams, total, options.maxEvents ?? MAX_EVENTS);
  const period = { from: Infinity, to: -Infinity };
  for (const stream of used) {
    for (const { time } of stream) {
      period.from = Math.min(period.from, time);
      period.to = Math.max(period.to, time);
    }
  }
  const entityIds = new Map(names.map((name, i) => [name, i + 1]));
  const techniqueIds = new Map(techniques.slice(1).map((name, i) => [name, i + 1]));
  const shapes = findShapes(used);
  const finders = new Map(shapes.map(({ name, ...spec }) => [name, new ShapeFinder(spec)]));
  const scanned = mostFrequent(scan(used, entityIds, techniqueIds, finders, options.entityFields));
  // What one session had, no other will: from here on they are one.
  if (options.sessions) for (const { rows } of scanned) for (const row of rows) row.entity = 0;
  const shared = sharedAddresses(scanned);
  const types = scanned.map((type) => fitType(type, entities.length, techniques.length, period, timePathOf(type, options), shared));
  joinPools(types, scanned);
  const habits = typeHabits(scanned);
  const spec: FieldCodecSpec = { format: FORMAT, version: VERSION, kind: 'field', entities, techniques, gap: fitGap(streams), ...(habits && { habits }), merges: [], types, shapes };
  return new FieldCodec(finish(spec, used));
}

/** Events of one type tell their time in one field: the first, in order of preference, that most of them have. */
function timePathOf({ paths, rows }: ScannedType, { timeField, otherTimeFields = [] }: FitOptions): string {
  const held = (field: string) => paths.some(({ path, present }) => 2 * present > rows.length && isPath(path, field));
  return [timeField, ...otherTimeFields].find(held) ?? timeField;
}

/** The shapes of each log type that holds several. */
function findShapes(streams: readonly PreparedEvent[][]): FieldCodecSpec['shapes'] {
  const events = new Map<string, PreparedEvent[]>();
  for (const stream of streams) {
    for (const event of stream) {
      const own = events.get(event.logType);
      if (own) own.push(event);
      else events.set(event.logType, [event]);
    }
  }
  return [...events].flatMap(([name, own]) => {
    const spec = learnShapes(own);
    return spec ? [{ name, ...spec }] : [];
  });
}

function mostFrequent(types: ScannedType[]): ScannedType[] {
  if (types.length <= MAX_TYPES) return types;
  const kept = new Set([...types].sort((a, b) => b.rows.length - a.rows.length).slice(0, MAX_TYPES));
  return types.filter((type) => kept.has(type));
}

/** Keeps runs of consecutive events, evenly spread over each stream; each run becomes a stream. */
function thinStreams(streams: PreparedEvent[][], total: number, most: number): PreparedEvent[][] {
  if (total <= most) return streams;
  const used: PreparedEvent[][] = [];
  let credit = 0;
  for (const stream of streams) {
    for (let from = 0; from < stream.length; from += RUN) {
      const run = stream.slice(from, from + RUN);
      credit += (run.length * most) / total;
      // Attacks are few, and each example of one counts.
      if (credit < run.length && run.every(({ technique }) => technique === undefined)) continue;
      credit -= run.length;
      used.push(run);
    }
  }
  return used;
}

function fitGap(streams: readonly PreparedEvent[][]): GapSpec {
  const within: number[] = [];
  const between: number[] = [];
  const far: number[] = [];
  for (const stream of streams) {
    for (let i = 1; i < stream.length; i++) {
      const gap = stream[i].time - stream[i - 1].time;
      const days = dayOf(stream[i].time) - dayOf(stream[i - 1].time);
      if (gap >= 0 && gap < LONG_GAP) (gap < SESSION_PAUSE ? within : between).push(gap);
      else if (days >= MORE_DAYS) far.push(days);
    }
  }
  // No bin holds both: which it is says whether the session goes on.
  return { within: joinBins(fitBins(within, GAP_BINS.within), fitBins(between, GAP_BINS.between)), far: fitBins(far, 8) };
}

/**
 * Writes all events once with the rules, to learn what only writing shows: which fields are ever written, which deviate together, which
 * text needs subwords.
 */
function finish(spec: FieldCodecSpec, streams: readonly PreparedEvent[][]): FieldCodecSpec {
  const observed = new Map<TypeSpec, { written: Map<number, Written>; sets: Map<string, { set: number[]; count: number }> }>();
  const of = ({ spec: type }: EventGrammar) => {
    let entry = observed.get(type);
    if (!entry) observed.set(type, (entry = { written: new Map(), sets: new Map() }));
    return entry;
  };
  const last = new Map<Written, number>();
  const observer: WriteObserver = {
    deviating(grammar, set) {
      if (set.length === 0) return;
      const { sets } = of(grammar);
      const key = set.join();
      const entry = sets.get(key);
      if (entry) entry.count++;
      else sets.set(key, { set: [...set], count: 1 });
    },
    written(grammar, b, c, texts) {
      const { written } = of(grammar);
      let entry = written.get(b);
      if (!entry) written.set(b, (entry = emptyWritten()));
      noteClass(entry, c, last);
      noteTexts(entry, texts);
    },
  };
  const draft = new FieldCodec(spec);
  for (const stream of streams) {
    if (stream.length === 0) continue;
    const { entity, time } = stream[0];
    const encoder = draft.startStream({ entity, time });
    last.clear();
    for (const event of stream) {
      encoder.technique = techniqueId(draft, event.technique);
      encoder.encode(event, observer);
    }
  }
  const setsEach = Math.min(MAX_EXCEPTION_SETS, Math.ceil(MAX_EXCEPTION_TOKENS / spec.types.length));
  const types = spec.types.map((type): TypeSpec => {
    const entry = observed.get(type);
    const sets = [...(entry?.sets.values() ?? [])].filter(({ count }) => count >= 2).sort((a, b) => b.count - a.count || (a.set.join() < b.set.join() ? -1 : 1));
    return { ...type, exceptions: sets.slice(0, setsEach).map(({ set }) => set) };
  });
  const events = streams.reduce((sum, stream) => sum + stream.length, 0);
  return { ...spec, ...shareTokens(types, (t, b) => observed.get(spec.types[t])?.written.get(b), events) };
}
