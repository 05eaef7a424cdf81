import { LyrebirdError } from '../../common';
import type { Evidence } from './evidence';
import { History, type HistoryJson } from './history';
import { keyOf } from './sightings';
import type { FieldMeasure } from './surprisal';
import { Tail, type TailJson } from './tail';

/** Seconds after which an entity's accumulated surprise has decayed to 1/e: bulk actions look normal one by one. */
const DECAY_SECONDS = 600;
/** What is less surprising than one event in ten does not accumulate. */
const ACCUMULATE_FROM = Math.LN10;
/** Parts of the held-out events of which each is judged by the others: of the entities, or of each entity's time where these are few. */
const ENTITY_FOLDS = 4;
const TIME_FOLDS = 10;
const MIN_ENTITIES = 40;
/** Fewer held-out events are not split. */
const MIN_SPLIT_EVENTS = 100;
const VERSION = 3;
/** Fields of an event that are held against their own past: one can be chance, and few attacks show in more. */
const TOP_FIELDS = 3;
/** Points kept of the tail of a field, of which there are many. */
const FIELD_POINTS = 100;

export type Surprising = Pick<Evidence, 'entity' | 'logType' | 'time' | 'news'> & {
  measure: { total: number; fields: ReadonlyArray<Pick<FieldMeasure, 'path' | 'surprisal' | 'counted'>> };
};

/** An entity's accumulated surprise. */
export interface Accumulator {
  value: number;
  time: number;
}

export interface Judgement {
  /** -ln of the share of held-out normal events at least as surprising. */
  surprise: number;
  /** The same of each of the four that it is made of. */
  parts: { event: number; fields: number; accumulated: number; news: number };
  /** The entity's accumulator after the event. */
  after: Accumulator;
}

interface PartsJson {
  byType: Record<string, TailJson>;
  overall: TailJson;
  byField: Record<string, TailJson>;
  fields: TailJson;
  accumulated: TailJson;
  news: TailJson;
}

interface CalibrationJson {
  version: number;
  parts: PartsJson;
  combined: TailJson;
  history: HistoryJson;
}

const none = Tail.fit([]);

/** How rare each of the four statistics is, each by its own tail. */
class Parts {
  private constructor(
    readonly byType: ReadonlyMap<string, Tail>,
    readonly overall: Tail,
    readonly byField: ReadonlyMap<string, Tail>,
    readonly fields: Tail,
    readonly accumulated: Tail,
    readonly news: Tail
  ) {}

  static fit(events: readonly Surprising[]): Parts {
    const totals = new Map<string, number[]>();
    const values = new Map<string, number[]>();
    for (const { logType, measure } of events) {
      push(totals, logType, measure.total);
      for (const { path, surprisal, counted } of measure.fields) if (counted) push(values, fieldKey(logType, path), surprisal);
    }
    const byType = new Map([...totals].map(([logType, sample]) => [logType, Tail.fit(sample)]));
    const overall = Tail.fit(events.map(({ measure }) => measure.total));
    const byField = new Map([...values].map(([key, sample]) => [key, Tail.fit(sample, FIELD_POINTS)]));
    const draft = new Parts(byType, overall, byField, none, none, none);
    const sums = [...inTurn(events, (event, before) => draft.accumulate(event, before))].map(({ value }) => value);
    const fields = Tail.fit(events.map((event) => draft.topFields(event)));
    return new Parts(byType, overall, byField, fields, Tail.fit(sums), Tail.fit(events.map(({ news }) => news)));
  }

  judge(event: Surprising, before: Accumulator | undefined): { parts: Judgement['parts']; after: Accumulator } {
    const after = this.accumulate(event, before);
    const parts = {
      event: this.ofType(event),
      fields: this.fields.surprise(this.topFields(event)),
      accumulated: this.accumulated.surprise(after.value),
      news: this.news.surprise(event.news),
    };
    return { parts, after };
  }

  /** The fields that are the most surprising for what they are, added up. */
  private topFields({ logType, measure }: Surprising): number {
    const surprises: number[] = [];
    for (const { path, surprisal, counted } of measure.fields) {
      // A field never written in held-out normal events: its surprisal is all there is to go by.
      if (counted) surprises.push(this.byField.get(fieldKey(logType, path))?.surprise(surprisal) ?? surprisal);
    }
    return surprises
      .sort((a, b) => b - a)
      .slice(0, TOP_FIELDS)
      .reduce((sum, surprise) => sum + surprise, 0);
  }

  private accumulate(event: Surprising, before: Accumulator | undefined): Accumulator {
    const seconds = before === undefined ? 0 : Math.max(0, event.time - before.time) / 1000;
    const carried = before === undefined ? 0 : before.value * Math.exp(-seconds / DECAY_SECONDS);
    // What is left after an hour is nothing, and must not outrank nothing.
    return { value: (carried > 0.01 ? carried : 0) + Math.max(0, this.ofType(event) - ACCUMULATE_FROM), time: event.time };
  }

  private ofType({ logType, measure }: Surprising): number {
    // A log type that held-out events lacked is held against all of them.
    return (this.byType.get(logType) ?? this.overall).surprise(measure.total);
  }

  toJSON(): PartsJson {
    const tails = (map: ReadonlyMap<string, Tail>) => Object.fromEntries([...map].map(([key, tail]) => [key, tail.toJSON()]));
    const { byType, overall, byField, fields, accumulated, news } = this;
    return {
      byType: tails(byType),
      overall: overall.toJSON(),
      byField: tails(byField),
      fields: fields.toJSON(),
      accumulated: accumulated.toJSON(),
      news: news.toJSON(),
    };
  }

  static fromJSON(json: PartsJson): Parts {
    const tails = (object: Record<string, TailJson>) => new Map(Object.entries(object).map(([key, tail]) => [key, Tail.fromJSON(tail)]));
    return new Parts(
      tails(json.byType),
      Tail.fromJSON(json.overall),
      tails(json.byField),
      Tail.fromJSON(json.fields),
      Tail.fromJSON(json.accumulated),
      Tail.fromJSON(json.news)
    );
  }
}

/**
 * What surprise is normal, from held-out events that the model was not trained on (in sample it would be too small).
 *
 * Four statistics of an event, each as -ln of its empirical upper tail: its total surprisal within its log type; its three fields that
 * are the most surprising for what they are; totals beyond one in ten, added up per entity with a ten minute decay; and what is
 * new for the entity of late. Their sum goes through a tail of its own: they depend on each other, so no formula knows it. That one is
 * fitted on events that the four tails have not seen (each quarter of the entities judged by the others; with few entities, each tenth of
 * their time): in sample they would look less surprising than the next event will.
 */
export class Calibration {
  private constructor(
    private readonly parts: Parts,
    private readonly combined: Tail,
    readonly history: History
  ) {}

  /** `events` in time order per entity; `history` is what they were judged new by, and what they have added to it. */
  static fit(events: readonly Surprising[], history: History): Calibration {
    const sums: number[] = [];
    const fold = foldsOf(events);
    const folds = fold === undefined ? 1 : Math.max(...new Set(fold)) + 1;
    for (let k = 0; k < folds; k++) {
      const parts = Parts.fit(fold === undefined ? events : events.filter((_, i) => fold[i] !== k));
      const judged = fold === undefined ? events : events.filter((_, i) => fold[i] === k);
      for (const judgement of inTurn(judged, (event, before) => {
        const { parts: of, after } = parts.judge(event, before);
        return { ...after, sum: sumOf(of) };
      })) sums.push(judgement.sum);
    }
    return new Calibration(Parts.fit(events), Tail.fit(sums), history);
  }

  judge(event: Surprising, before: Accumulator | undefined): Judgement {
    const { parts, after } = this.parts.judge(event, before);
    return { surprise: this.combined.surprise(sumOf(parts)), parts, after };
  }

  toJSON(): CalibrationJson {
    return { version: VERSION, parts: this.parts.toJSON(), combined: this.combined.toJSON(), history: this.history.toJSON() };
  }

  /** @throws LYREBIRD_CORRUPT for one of another version */
  static fromJSON(json: CalibrationJson): Calibration {
    if (json.version !== VERSION) {
      throw new LyrebirdError('LYREBIRD_CORRUPT', `The model's calibration has version ${json.version}, expected ${VERSION}.`, 'Train the model again.');
    }
    return new Calibration(Parts.fromJSON(json.parts), Tail.fromJSON(json.combined), History.fromJSON(json.history));
  }
}

const sumOf = ({ event, fields, accumulated, news }: Judgement['parts']) => event + fields + accumulated + news;

/** Hands each event over with what its entity's last one gave. */
function* inTurn<T extends Accumulator>(events: readonly Surprising[], judge: (event: Surprising, before: Accumulator | undefined) => T): Generator<T> {
  const states = new Map<string, Accumulator>();
  for (const event of events) {
    const after = judge(event, states.get(event.entity));
    states.set(event.entity, after);
    yield after;
  }
}

/** The part that each event is in; undefined where there are too few events. */
function foldsOf(events: readonly Surprising[]): number[] | undefined {
  if (events.length < MIN_SPLIT_EVENTS) return undefined;
  const totals = new Map<string, number>();
  for (const { entity } of events) totals.set(entity, (totals.get(entity) ?? 0) + 1);
  if (totals.size >= MIN_ENTITIES) return events.map(({ entity }) => keyOf('', entity) % ENTITY_FOLDS);
  // Few entities differ so much that one judged by the others looks odd all the time.
  const seen = new Map<string, number>();
  return events.map(({ entity }) => {
    const index = seen.get(entity) ?? 0;
    seen.set(entity, index + 1);
    return Math.floor((index * TIME_FOLDS) / totals.get(entity)!);
  });
}

const fieldKey = (logType: string, path: string) => `${logType}\u0000${path}`;

function push(map: Map<string, number[]>, key: string, value: number): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
