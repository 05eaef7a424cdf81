import type { PreparedEvent } from '../codec/types';
import { visitLeaves } from './leaves';
import { predecessors, versionless } from './succession';
import { keyOf, SHARED, Sightings, type SightingsJson } from './sightings';

/** Earlier events that an entity must have before what is new for it tells how often it brings something new. */
const EXPERIENCE = 30;
/** Fewer events with a field say nothing about it. */
const MIN_PRESENT = 30;
/** Of a field whose values are mostly different ones, or are new to their entity more often than this, nothing new is news. */
const MAX_DISTINCT_SHARE = 0.3;
const MAX_NEW_SHARE = 0.05;
/** Fields with more values are dropped at once, so that identifiers do not fill the memory. */
const SOON_TOO_MANY = 2_000;
const MAX_VALUES = 50_000;
const MAX_PAIRS = 1_000_000;
/** As `SETTLED_MS` of sightings: others count when they had a value for a day. */
const SETTLED_MS = 86_400_000;
/** Usual values are kept for so many pairs of entity and field. */
const MAX_USUAL = 300_000;
const PACE_WINDOW_MS = 600_000;
/**
 * Something new counts by what it is rarer than one in `e^5` = 150 events: of that there is some every day. Where too few events were
 * learned from to tell that, by what it is rarer than this share of the rarest that they could tell.
 */
const NEWS_FROM = 5;
const NEWS_FROM_SHARE = 0.6;

/** -ln of how often an event brings a value that is new to its entity and that 0, 0-2, or any number of others have had. */
export type Rarity = readonly [nobody: number, few: number, any: number];

export interface Usual {
  value: string;
  /** Of the entity's events that have the field. */
  share: number;
}

/** What entities have done in training: which values of which fields they have had, and how often they brought new ones. */
export class History {
  constructor(
    readonly sightings: Sightings,
    /** By path, of the fields of which something new is news. */
    readonly rarity: ReadonlyMap<string, Rarity>,
    private readonly usual: ReadonlyMap<string, ReadonlyMap<string, Usual>>,
    /** Events in ten minutes that an entity has exceeded one time in twenty, while at work. */
    private readonly pace: ReadonlyMap<string, number>,
    /** The same of all entities. */
    readonly typicalPace: number,
    /** What is less rare, nats, is no news. */
    readonly newsFrom: number
  ) {}

  usualOf(entity: string, path: string): Usual | undefined {
    return this.usual.get(path)?.get(entity);
  }

  paceOf(entity: string): number {
    return this.pace.get(entity) ?? this.typicalPace;
  }

  /** With what was seen since. */
  with(sightings: Sightings): History {
    return new History(sightings, this.rarity, this.usual, this.pace, this.typicalPace, this.newsFrom);
  }

  toJSON(): HistoryJson {
    return {
      sightings: this.sightings.toJSON(),
      rarity: [...this.rarity].map(([path, rarity]) => [path, ...rarity.map(round)] as [string, number, number, number]),
      usual: [...this.usual].map(([path, entities]) => [path, [...entities].map(([name, { value, share }]) => [name, value, round(share)] as [string, string, number])]),
      pace: [...this.pace],
      typicalPace: this.typicalPace,
      newsFrom: round(this.newsFrom),
    };
  }

  static fromJSON(json: HistoryJson): History {
    return new History(
      Sightings.fromJSON(json.sightings),
      new Map(json.rarity.map(([path, nobody, few, any]) => [path, [nobody, few, any]])),
      new Map(json.usual.map(([path, entities]) => [path, new Map(entities.map(([name, value, share]) => [name, { value, share }]))])),
      new Map(json.pace),
      json.typicalPace,
      json.newsFrom
    );
  }
}

export interface HistoryJson {
  sightings: SightingsJson;
  rarity: Array<[path: string, nobody: number, few: number, any: number]>;
  usual: Array<[path: string, entities: Array<[name: string, value: string, share: number]>]>;
  pace: Array<[name: string, events: number]>;
  typicalPace: number;
  newsFrom: number;
}

interface Had {
  first: number;
  /** Whether the entity knew its way about by then, and the organisation's values were known. */
  experienced: boolean;
  events: number;
}

interface FieldHistory {
  present: number;
  /** Of them, by experienced entities. */
  experienced: number;
  values: Map<number, { text: string; had: Map<string, Had> }>;
  /** Who has had which text, versions aside. */
  versionless: Map<number, Set<string>>;
}

/** Learns a history from training events, entity by entity. */
export class HistoryBuilder {
  /** Null: dropped. */
  private readonly fields = new Map<string, FieldHistory | null>();
  private readonly entities = new Map<string, number>();
  private readonly counts = new Map<string, number[]>();
  private experienced = 0;
  private pairs = 0;

  /** @param from ms; what is new before then is so because the data begins: it is learned, but not as a rate */
  constructor(private readonly from: number) {}

  /** Events of one entity, in time order; more of them may follow in a later call. */
  add(stream: readonly PreparedEvent[]): void {
    if (stream.length === 0) return;
    const { entity } = stream[0];
    let index = this.entities.get(entity) ?? 0;
    const recent: number[] = [];
    const counts = this.counts.get(entity) ?? this.counts.set(entity, []).get(entity)!;
    for (const { time, event } of stream) {
      const experienced = index >= EXPERIENCE && time >= this.from;
      if (experienced) this.experienced++;
      index++;
      recent.push(time);
      while (recent[0] <= time - PACE_WINDOW_MS) recent.shift();
      counts.push(recent.length);
      visitLeaves(event, (path, text) => this.addValue(path, text, entity, time, experienced));
    }
    this.entities.set(entity, index);
  }

  private addValue(path: string, text: string, entity: string, time: number, experienced: boolean): void {
    let field = this.fields.get(path);
    if (field === null) return;
    if (field === undefined) this.fields.set(path, (field = { present: 0, experienced: 0, values: new Map(), versionless: new Map() }));
    field.present++;
    if (experienced) field.experienced++;
    const key = keyOf(path, text);
    let value = field.values.get(key);
    if (value === undefined) field.values.set(key, (value = { text, had: new Map() }));
    const had = value.had.get(entity);
    if (had !== undefined) {
      had.events++;
      return;
    }
    // A next version comes to everybody, and tells nothing of how often somebody does something new.
    const isNext = this.isNext(field, path, text, entity);
    value.had.set(entity, { first: time, experienced: experienced && !isNext, events: 1 });
    this.pairs++;
    const many = field.values.size;
    if (many > MAX_VALUES || (many > SOON_TOO_MANY && many > field.present * MAX_DISTINCT_SHARE)) this.drop(path);
    while (this.pairs > MAX_PAIRS) this.drop(this.largest());
  }

  private isNext(field: FieldHistory, path: string, text: string, entity: string): boolean {
    const bare = versionless(text);
    if (bare === undefined) return [...predecessors(text)].some((earlier) => field.values.get(keyOf(path, earlier))?.had.has(entity));
    const key = keyOf(path, bare);
    const had = field.versionless.get(key);
    if (had?.has(entity)) return true;
    if (had) had.add(entity);
    else field.versionless.set(key, new Set([entity]));
    return false;
  }

  private largest(): string {
    let [largest, most] = ['', -1];
    for (const [path, field] of this.fields) {
      const size = field === null ? 0 : pairsOf(field);
      if (size > most) [largest, most] = [path, size];
    }
    return largest;
  }

  private drop(path: string): void {
    this.pairs -= pairsOf(this.fields.get(path)!);
    this.fields.set(path, null);
  }

  finish(): History {
    // Half an event more (Krichevsky and Trofimov): what never happened may happen yet.
    const rare = (count: number) => -Math.log((count + 0.5) / (this.experienced + 1));
    const sightings = new Sightings(undefined, Infinity);
    for (const [entity, events] of this.entities) sightings.learnEvents(entity, events);
    const rarity = new Map<string, Rarity>();
    const usual = new Map<string, Map<string, Usual>>();
    let left = MAX_USUAL;
    for (const [path, field] of this.fields) {
      if (field === null || field.present < MIN_PRESENT || field.values.size > field.present * MAX_DISTINCT_SHARE) continue;
      const counts = newcomers(field);
      if (counts[2] > MAX_NEW_SHARE * Math.max(field.experienced, MIN_PRESENT)) continue;
      rarity.set(path, [rare(counts[0]), rare(counts[1]), rare(counts[2])]);
      for (const [key, { had }] of field.values) for (const entity of had.keys()) sightings.learn(key, entity);
      for (const [key, had] of field.versionless) for (const entity of had) sightings.learn(key, entity);
      const usualOfField = mostFrequent(field);
      left -= usualOfField.size;
      if (left >= 0) usual.set(path, usualOfField);
    }
    const pace = new Map([...this.counts].map(([entity, counts]) => [entity, quantile(counts, 0.95)]));
    return new History(sightings, rarity, usual, pace, quantile([...pace.values()], 0.5), Math.min(NEWS_FROM, NEWS_FROM_SHARE * rare(0)));
  }
}

/** Values new to an experienced entity that nobody, at most two others, or any number of others had had for a day by then. */
function newcomers(field: FieldHistory): [number, number, number] {
  const counts: [number, number, number] = [0, 0, 0];
  for (const { had } of field.values.values()) {
    const firsts = [...had.values()].map(({ first }) => first).sort((a, b) => a - b);
    for (const { first, experienced } of had.values()) {
      if (!experienced) continue;
      // Those that are sorted first are the only ones that can have had it long enough.
      let others = 0;
      while (others < SHARED && others < firsts.length && firsts[others] <= first - SETTLED_MS) others++;
      if (others === 0) counts[0]++;
      if (others < SHARED) counts[1]++;
      counts[2]++;
    }
  }
  return counts;
}

function mostFrequent(field: FieldHistory): Map<string, Usual> {
  const totals = new Map<string, number>();
  const best = new Map<string, { value: string; events: number }>();
  for (const { text, had } of field.values.values()) {
    for (const [entity, { events }] of had) {
      totals.set(entity, (totals.get(entity) ?? 0) + events);
      if (events > (best.get(entity)?.events ?? 0)) best.set(entity, { value: text, events });
    }
  }
  return new Map([...best].map(([entity, { value, events }]) => [entity, { value, share: events / totals.get(entity)! }]));
}

function pairsOf(field: FieldHistory): number {
  let pairs = 0;
  for (const { had } of field.values.values()) pairs += had.size;
  return pairs;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}
