import type { Evidence } from './evidence';
import type { FieldMeasure } from './surprisal';
import { Tail, type TailJson } from '../../common';

/** Seconds after which an entity's accumulated surprise has decayed to 1/e: bulk actions look normal one by one. */
const DECAY_SECONDS = 600;
/** What is less surprising than one event in ten does not accumulate. */
const ACCUMULATE_FROM = Math.LN10;
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
  /** ms */
  time: number;
}

export const PARTS = ['event', 'fields', 'accumulated', 'news'] as const;
/** Four views of an event, each the larger the odder. */
export type Parts = Record<(typeof PARTS)[number], number>;

export interface Measured {
  parts: Parts;
  /** What the event adds to what its entity accumulates. */
  excess: number;
  /** The entity's accumulator after the event. */
  after: Accumulator;
}

export interface StatisticsJson {
  byType: Record<string, TailJson>;
  overall: TailJson;
  byField: Record<string, TailJson>;
}

/**
 * What is odd in an event, on the scale of held-out ones: its total surprisal within its log type; its three fields that are the most
 * surprising for what they are; totals beyond one in ten, added up per entity with a ten minute decay; and what is new for the
 * entity of late.
 */
export class Statistics {
  private constructor(
    private readonly byType: ReadonlyMap<string, Tail>,
    private readonly overall: Tail,
    private readonly byField: ReadonlyMap<string, Tail>
  ) {}

  static fit(events: readonly Surprising[]): Statistics {
    const totals = new Map<string, number[]>();
    const values = new Map<string, number[]>();
    for (const { logType, measure } of events) {
      push(totals, logType, measure.total);
      for (const { path, surprisal, counted } of measure.fields) if (counted) push(values, fieldKey(logType, path), surprisal);
    }
    return new Statistics(
      new Map([...totals].map(([logType, sample]) => [logType, Tail.fit(sample)])),
      Tail.fit(events.map(({ measure }) => measure.total)),
      new Map([...values].map(([key, sample]) => [key, Tail.fit(sample, FIELD_POINTS)]))
    );
  }

  /** @param before the entity's accumulator after its last event */
  measure(event: Surprising, before: Accumulator | undefined): Measured {
    const { logType, measure, news, time } = event;
    // A log type that held-out events lacked is held against all of them.
    const ofType = (this.byType.get(logType) ?? this.overall).surprise(measure.total);
    const excess = Math.max(0, ofType - ACCUMULATE_FROM);
    const value = (before === undefined ? 0 : decayed(before.value, time - before.time)) + excess;
    return { parts: { event: ofType, fields: this.topFields(event), accumulated: value, news }, excess, after: { value, time } };
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

  toJSON(): StatisticsJson {
    const tails = (map: ReadonlyMap<string, Tail>) => Object.fromEntries([...map].map(([key, tail]) => [key, tail.toJSON()]));
    return { byType: tails(this.byType), overall: this.overall.toJSON(), byField: tails(this.byField) };
  }

  static fromJSON(json: StatisticsJson): Statistics {
    const tails = (object: Record<string, TailJson>) => new Map(Object.entries(object).map(([key, tail]) => [key, Tail.fromJSON(tail)]));
    return new Statistics(tails(json.byType), Tail.fromJSON(json.overall), tails(json.byField));
  }
}

/** What is left of accumulated surprise after so many ms. */
export function decayed(value: number, ms: number): number {
  const left = value * Math.exp(-Math.max(0, ms) / 1000 / DECAY_SECONDS);
  // What is left after an hour is nothing, and must not outrank nothing.
  return left > 0.01 ? left : 0;
}

const fieldKey = (logType: string, path: string) => `${logType}\u0000${path}`;

function push(map: Map<string, number[]>, key: string, value: number): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
