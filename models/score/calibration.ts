import { Tail } from './tail';
import type { EventMeasure } from './surprisal';

/** Seconds after which an entity's accumulated surprise has decayed to 1/e: bulk actions look normal one by one. */
const DECAY_SECONDS = 600;

export interface MeasuredEvent {
  entity: string;
  logType: string;
  /** ms */
  time: number;
  measure: EventMeasure;
}

/** An entity's accumulated surprise. */
export interface Accumulator {
  value: number;
  time: number;
}

/**
 * What surprise is normal, from held-out events that the model was not trained on (in sample it would be too small).
 *
 * Of an event: its total surprisal within its log type, as `z = -ln tail(total)`; the sum of the same per field, less the
 * number of fields (Fisher's method; each has mean 1 under the null), of which the part above the 0.9 quantile is
 * accumulated per entity with a ten minute decay; the sum of both, through its own tail, is the event's probability.
 */
export class Calibration {
  private constructor(
    private readonly byType: Map<string, Tail>,
    private readonly overall: Tail,
    private readonly byField: Map<string, Tail>,
    private readonly fisherThreshold: number,
    private readonly accumulated: Tail,
    private readonly combined: Tail
  ) {}

  /** `events` in time order per entity. */
  static fit(events: readonly MeasuredEvent[]): Calibration {
    const totals = new Map<string, number[]>();
    const fields = new Map<string, number[]>();
    for (const { logType, measure } of events) {
      push(totals, logType, measure.total);
      for (const field of measure.fields) if (field.counted) push(fields, fieldKey(logType, field.path), field.surprisal);
    }
    const tails = (samples: Map<string, number[]>) => new Map([...samples].map(([key, values]) => [key, Tail.fit(values)]));
    const byType = tails(totals);
    const overall = Tail.fit(events.map((event) => event.measure.total));
    const byField = tails(fields);
    const draft = new Calibration(byType, overall, byField, 0, Tail.fit([]), Tail.fit([]));

    const fishers = events.map((event) => draft.fisher(event));
    const threshold = [...fishers].sort((a, b) => a - b)[Math.floor(fishers.length * 0.9)] ?? 0;
    const states = new Map<string, Accumulator>();
    const sums = events.map((event, i) => {
      const state = accumulate(states.get(event.entity), event.time, fishers[i] - threshold);
      states.set(event.entity, state);
      return state.value;
    });
    const accumulated = Tail.fit(sums);
    const combined = Tail.fit(events.map((event, i) => draft.ofType(event) + accumulated.surprise(sums[i])));
    return new Calibration(byType, overall, byField, threshold, accumulated, combined);
  }

  /** -ln of the share of held-out normal events at least as surprising, and the entity's accumulator after the event. */
  surprise(event: MeasuredEvent, before: Accumulator | undefined): { surprise: number; after: Accumulator } {
    const after = accumulate(before, event.time, this.fisher(event) - this.fisherThreshold);
    return { surprise: this.combined.surprise(this.ofType(event) + this.accumulated.surprise(after.value)), after };
  }

  private ofType(event: MeasuredEvent): number {
    // A log type that held-out events lacked is held against all of them.
    return (this.byType.get(event.logType) ?? this.overall).surprise(event.measure.total);
  }

  private fisher(event: MeasuredEvent): number {
    let sum = 0;
    for (const field of event.measure.fields) {
      if (!field.counted) continue;
      const tail = this.byField.get(fieldKey(event.logType, field.path));
      // A field never written in held-out normal events: its surprisal is all there is to go by.
      sum += (tail === undefined ? field.surprisal : tail.surprise(field.surprisal)) - 1;
    }
    return sum;
  }

  toJSON(): unknown {
    const tails = (map: Map<string, Tail>) => Object.fromEntries([...map].map(([key, tail]) => [key, tail.toJSON()]));
    return {
      version: 1,
      byType: tails(this.byType),
      overall: this.overall.toJSON(),
      byField: tails(this.byField),
      fisherThreshold: this.fisherThreshold,
      accumulated: this.accumulated.toJSON(),
      combined: this.combined.toJSON(),
    };
  }

  static fromJSON(json: ReturnType<typeof JSON.parse>): Calibration {
    const tails = (object: Record<string, Parameters<typeof Tail.fromJSON>[0]>) =>
      new Map(Object.entries(object).map(([key, tail]) => [key, Tail.fromJSON(tail)]));
    return new Calibration(
      tails(json.byType),
      Tail.fromJSON(json.overall),
      tails(json.byField),
      json.fisherThreshold,
      Tail.fromJSON(json.accumulated),
      Tail.fromJSON(json.combined)
    );
  }
}

function accumulate(before: Accumulator | undefined, time: number, excess: number): Accumulator {
  const seconds = before === undefined ? 0 : Math.max(0, time - before.time) / 1000;
  const carried = before === undefined ? 0 : before.value * Math.exp(-seconds / DECAY_SECONDS);
  // What is left after an hour is nothing, and must not outrank nothing.
  return { value: (carried > 0.01 ? carried : 0) + Math.max(0, excess), time };
}

function fieldKey(logType: string, path: string): string {
  return `${logType}\u0000${path}`;
}

function push(map: Map<string, number[]>, key: string, value: number): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
