import { LyrebirdError, TECHNIQUE_FIELDS, type GenerateOptions, type LogEvent, type ModelCard } from '../../common';
import { techniqueId } from '../codec';
import type { Codec, Condition, PreparedEvent } from '../codec/types';
import { prepareHit, type EventFields } from '../prepare';
import { knownEntities, readConditions, techniquesOf, type RunConditions } from './conditions';
import { seededRandom, type Attack, type StreamPlan } from './entity_writer';
import { IdentityMaker } from './identity';

const HOUR = 3_600_000;
/** Streams of a window begin this long before it, so that whoever is at work when it opens is in the middle of it. */
const RUN_UP = 24 * HOUR;
/** Normal events around an attack, where no window is given. */
const AROUND = 4 * HOUR;

/** Who writes, when and on what conditions. */
export interface RunPlan {
  streams: StreamPlan[];
  /** Streams one after the other (variants of an attack) rather than merged by time. */
  apart: boolean;
}

/** What a run is asked for by other parts of the node, beside what anybody may ask for. */
export interface RunOptions extends GenerateOptions {
  /** Entities by name, known or not, each with the habits of a known one. Values that are the known one's own (a device, an id) stay that. */
  newcomers?: ReadonlyArray<{ name: string; like: string }>;
}

export interface PlanContext {
  codec: Codec;
  card: ModelCard;
  fields: EventFields;
}

/**
 * Takes a request apart into the streams to write.
 *
 * @throws LYREBIRD_UNKNOWN_ENTITY, LYREBIRD_UNKNOWN_TECHNIQUE, LYREBIRD_UNKNOWN_FIELD, LYREBIRD_UNKNOWN_VALUE or LYREBIRD_BAD_REQUEST with
 * what to ask for instead
 */
export function planRun({ codec, card, fields }: PlanContext, options: RunOptions): RunPlan {
  const conditions = readConditions(codec, card, options);
  const histories = readContext(options, fields);
  const newest = Math.max(...[...histories.values()].map((events) => events.at(-1)!.time));
  const techniques = options.technique === undefined ? [] : techniquesOf(codec, options.technique);
  const technique = (key: string): string | undefined => techniques[Math.floor(seededRandom(options.seed, `technique ${key}`)() * techniques.length)];
  const attacks = (key: string) => {
    const id = technique(key);
    return { technique: id, lengths: id === undefined ? undefined : lengthsOf(card, id) };
  };
  const at = options.at === undefined ? undefined : Date.parse(options.at);
  const given = options.from === undefined ? conditions.from : Date.parse(options.from);
  const from = given ?? (at !== undefined && options.into !== undefined ? at - AROUND : Number.isFinite(newest) ? newest + 1 : Date.parse(card.time_range.to));
  const to = (options.to === undefined ? conditions.to : Date.parse(options.to)) ?? Infinity;
  if (!(to > from)) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `The window ends at ${isoOf(to)}, before it begins at ${isoOf(from)}.`, 'Choose an end (to) after the start (from).');
  }
  const window = { start: to < Infinity || options.into !== undefined ? from - RUN_UP : from, from, to };
  const common = { decode: conditions.decode, ...window };

  if (options.into !== undefined) return planAttacks({ codec, card }, options, { ...common, histories, technique, at: at ?? from + AROUND, newest });
  if (options.at !== undefined || options.variants > 1) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', 'A time of attack or several variants were asked for, but no entity to attack.', 'Name the entity whose stream the attack is written into (into).');
  }
  const streams: StreamPlan[] = [];
  const explicit = options.entities.length > 0 || (options.new_entities === 0 && !options.newcomers);
  if (explicit) {
    const named = options.entities.length > 0 ? knownOrRecent(card, options.entities, histories) : histories.size > 0 ? [...histories.keys()] : card.entities.map(({ name }) => name);
    for (const name of named) streams.push({ voice: name, name, key: name, ...attacks(name), history: histories.get(name) ?? [], ...common });
  }
  options.newcomers?.forEach(({ name, like }, i) => {
    const [voice] = knownEntities(card, [like]);
    const key = `newcomer ${i} ${name} ${voice}`;
    streams.push({ voice, name, key, ...attacks(key), history: [], ...common });
  });
  streams.push(...planNewcomers(codec, card, options, conditions).map((who) => ({ ...who, ...attacks(who.key), history: histories.get(who.name) ?? [], ...common })));
  return { streams: feasible(codec, streams, options), apart: false };
}

function planNewcomers(codec: Codec, card: ModelCard, options: GenerateOptions, { decode }: RunConditions) {
  if (options.new_entities === 0) return [];
  const peers = options.like.length > 0 ? knownEntities(card, options.like) : card.entities.map(({ name }) => name);
  const able = peers.filter((voice) => conflictOf(codec, { voice, name: voice, decode }) === undefined);
  const voices = able.length > 0 ? able : peers;
  const keep = new Set([...(decode.pins?.values() ?? [])].flatMap(valuesOf));
  const maker = new IdentityMaker(codec, options.seed);
  const random = seededRandom(options.seed, 'peers');
  // Each peer in turn, from a random one on: few newcomers are unlike each other.
  const first = Math.floor(random() * voices.length);
  return Array.from({ length: options.new_entities }, (_, i) => {
    const voice = voices[(first + i) % voices.length];
    const { name, rename } = maker.make(voice, i, keep);
    return { voice, name, key: `new ${i} ${name}`, rename };
  });
}

const valuesOf = (condition: Condition): string[] => (Array.isArray(condition) ? condition : [condition]).filter((value) => typeof value === 'string');

interface AttackContext extends Pick<StreamPlan, 'decode' | 'start' | 'from' | 'to'> {
  histories: ReadonlyMap<string, PreparedEvent[]>;
  technique: (key: string) => string | undefined;
  at: number;
  /** Of the events to go on from. */
  newest: number;
}

function planAttacks({ codec, card }: Pick<PlanContext, 'codec' | 'card'>, options: GenerateOptions, context: AttackContext): RunPlan {
  const { histories, technique, at, newest, ...common } = context;
  if (options.technique === undefined) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `No technique was named to write into the stream of "${options.into}".`, 'Name one (technique), such as T1098.001.');
  if (options.new_entities > 0 || options.entities.length > 0) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', 'An attack is written into one stream: no other entities can be asked for with it.', 'Leave out entities and new_entities, or leave out into.');
  }
  const [name] = knownOrRecent(card, [options.into!], histories);
  if (at < common.from || at >= common.to || at <= newest) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `The attack at ${isoOf(at)} lies outside of ${isoOf(Math.max(common.from, newest))} to ${isoOf(common.to)}.`, 'Choose a time (at) within the window, after the events to go on from.');
  }
  const streams = Array.from({ length: options.variants }, (_, i): StreamPlan => {
    const key = `${name} variant ${i + 1}`;
    const id = technique(key)!;
    const attack: Attack = { technique: id, at, events: lengthOf(card, id, seededRandom(options.seed, `length ${key}`)) };
    return { ...common, to: common.to < Infinity ? common.to : at + AROUND, voice: name, name, key, attack, history: histories.get(name) ?? [], variant: i + 1, rename: withoutLabels };
  });
  return { streams: feasible(codec, streams, options), apart: true };
}

/** How many events the attacks had that it was learned from. */
const lengthsOf = (card: ModelCard, technique: string): readonly number[] => card.techniques.find(({ id }) => id === technique)?.sequences ?? [];

/** As many events as one of these. */
function lengthOf(card: ModelCard, technique: string, random: () => number): number {
  const lengths = lengthsOf(card, technique);
  return lengths.length > 0 ? lengths[Math.floor(random() * lengths.length)] : Math.max(1, Math.min(20, card.techniques.find(({ id }) => id === technique)?.events ?? 10));
}

/** The events that it was learned from said themselves what they are; what is written for a detection to find does not. */
function withoutLabels(event: LogEvent): LogEvent {
  const tops = new Set(TECHNIQUE_FIELDS.map((path) => path.split('.')[0]));
  return Object.fromEntries(Object.entries(event).filter(([key]) => !tops.has(key) && !TECHNIQUE_FIELDS.some((path) => key === path || key.startsWith('threat.'))));
}

/** Those who can have what is asked for; an error when nobody can, or when somebody who was named cannot. */
function feasible(codec: Codec, streams: StreamPlan[], options: GenerateOptions): StreamPlan[] {
  if (streams[0]?.decode.pins === undefined) return streams;
  const reasons = new Map<string, string>();
  const able = streams.filter((stream) => {
    const conflict = conflictOf(codec, stream);
    if (conflict !== undefined) reasons.set(stream.name, conflict);
    return conflict === undefined;
  });
  const named = new Set([...options.entities.map((name) => name.toLowerCase()), options.into?.toLowerCase()]);
  const refused = [...reasons].find(([name]) => named.has(name.toLowerCase())) ?? (able.length === 0 ? [...reasons][0] : undefined);
  if (!refused) return able;
  throw new LyrebirdError('LYREBIRD_UNKNOWN_VALUE', `No event of "${refused[0]}" can have what is asked for: ${refused[1]}.`, 'Ask for fewer fields at once, for other values, or for other entities.');
}

const conflictOf = (codec: Codec, { voice, name, decode, attack, technique }: Pick<StreamPlan, 'voice' | 'name' | 'decode' | 'attack' | 'technique'>): string | undefined => {
  const stream = codec.startStream({ entity: voice, as: name, time: 0, technique });
  const conflict = stream.conflict(decode);
  if (conflict !== undefined || !attack) return conflict;
  stream.technique = techniqueId(codec, attack.technique);
  return stream.conflict(decode);
};

/** Events to go on from, by entity, in time order. */
function readContext(options: GenerateOptions, fields: EventFields): Map<string, PreparedEvent[]> {
  const histories = new Map<string, PreparedEvent[]>();
  options.context.forEach((hit, i) => {
    const event = prepareHit({ ...hit, _source: hit._source as LogEvent }, fields);
    if (typeof event === 'string') {
      throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Event ${i + 1} of those to go on from has no ${event === 'no_time' ? 'readable time' : 'entity'}.`, `The model reads the time from "${fields.timeField}" and the entity from ${fields.entityFields.map((path) => `"${path}"`).join(', ')}.`);
    }
    const history = histories.get(event.entity);
    if (history) history.push(event);
    else histories.set(event.entity, [event]);
  });
  for (const history of histories.values()) history.sort((a, b) => a.time - b.time);
  return histories;
}

/** Entities that the model knows, or that the events to go on from are of. */
function knownOrRecent(card: ModelCard, wanted: readonly string[], histories: ReadonlyMap<string, unknown>): string[] {
  return wanted.flatMap((name) => (histories.has(name.toLowerCase()) ? [name.toLowerCase()] : knownEntities(card, [name])));
}

const isoOf = (time: number): string => (Number.isFinite(time) ? new Date(time).toISOString() : 'any time');
