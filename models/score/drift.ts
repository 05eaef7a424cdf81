import { z } from 'zod';
import type { ModelAge } from '../../common';
import { wholeOf, type Baseline } from './baseline';
import type { Evidence } from './evidence';
import { keyOf } from './sightings';

/** A score of which one normal event in a hundred has a higher one. */
const HIGH_SCORE = 99;
/** Days that are kept, and the newest of them that say how old a model is. */
const KEPT_DAYS = 14;
const JUDGED_DAYS = 7;
/** Entities of a day that are kept apart. */
const MAX_ENTITIES = 500;
/** Fewer events, of everybody, of one entity or of one field, say nothing. */
const MIN_EVENTS = 500;
const MIN_ENTITY_EVENTS = 20;
const MIN_FIELD_EVENTS = 100;
/** A field whose surprisal has risen by so many standard deviations is told of; a model of whose events it has is old. A week in which one event of twelve is an attack's brings 0.4. */
const RISEN_FIELD = 0.3;
const RISEN = 0.5;
/** High scores are everybody's when they come thrice as often as they should to so many of the entities. */
const RAISED_RATE = 0.03;
const RAISED_SHARE = 0.5;
const LISTED_FIELDS = 5;

const sumSchema = z.object({ n: z.number(), sum: z.number() });
const daySchema = z.object({
  events: z.number(),
  high: z.number(),
  types: z.record(z.string(), sumSchema),
  fields: z.record(z.string(), z.record(z.string(), sumSchema)),
  /** By a hash of the name. */
  entities: z.record(z.string(), z.object({ events: z.number(), high: z.number() })),
});
type Day = z.infer<typeof daySchema>;

/** How surprising events have been since training, by the day of the events. */
export const driftSchema = z.object({ version: z.literal(1), days: z.record(z.string(), daySchema) });
export type Drift = z.infer<typeof driftSchema>;

const emptyDay = (): Day => ({ events: 0, high: 0, types: {}, fields: {}, entities: {} });
export const noDrift = (): Drift => ({ version: 1, days: {} });

/** Counts what is scored; `take` hands over what was counted since, to be added to what is kept. */
export class DriftWatch {
  private days: Record<string, Day> = {};

  /** @param after ms; events up to then were learned from, or held out of it: they say nothing of age */
  constructor(
    private readonly baseline: Baseline,
    private readonly after: number
  ) {}

  add({ entity, logType, time, measure }: Pick<Evidence, 'entity' | 'logType' | 'time' | 'measure'>, score: number): void {
    if (time <= this.after) return;
    const day = (this.days[new Date(time).toISOString().slice(0, 10)] ??= emptyDay());
    const high = score >= HIGH_SCORE ? 1 : 0;
    day.events++;
    day.high += high;
    const name = String(keyOf('', entity));
    const of = (day.entities[name] ??= { events: 0, high: 0 });
    of.events++;
    of.high += high;
    const usual = this.baseline.type(logType);
    if (usual === undefined) return;
    addTo((day.types[logType] ??= { n: 0, sum: 0 }), Math.min(wholeOf(measure), usual.cap));
    const fields = (day.fields[logType] ??= {});
    for (const { path, surprisal } of measure.fields) {
      const usualOfField = this.baseline.field(logType, path);
      if (usualOfField) addTo((fields[path] ??= { n: 0, sum: 0 }), Math.min(surprisal, usualOfField.cap));
    }
  }

  take(): Drift | undefined {
    const { days } = this;
    this.days = {};
    return Object.keys(days).length === 0 ? undefined : { version: 1, days };
  }
}

/** What was kept and what has come since; the newest days alone. */
export function addDrift(kept: Drift, more: Drift): Drift {
  const days = { ...kept.days };
  for (const [date, day] of Object.entries(more.days)) days[date] = addDay(days[date] ?? emptyDay(), day);
  const newest = Object.keys(days).sort().slice(-KEPT_DAYS);
  return { version: 1, days: Object.fromEntries(newest.map((date) => [date, days[date]])) };
}

function addDay(a: Day, b: Day): Day {
  const sum = structuredClone(a);
  sum.events += b.events;
  sum.high += b.high;
  for (const [name, { n, sum: nats }] of Object.entries(b.types)) merge((sum.types[name] ??= { n: 0, sum: 0 }), n, nats);
  for (const [name, fields] of Object.entries(b.fields)) {
    const into = (sum.fields[name] ??= {});
    for (const [path, { n, sum: nats }] of Object.entries(fields)) merge((into[path] ??= { n: 0, sum: 0 }), n, nats);
  }
  let room = MAX_ENTITIES - Object.keys(sum.entities).length;
  for (const [name, { events, high }] of Object.entries(b.entities)) {
    if (sum.entities[name] === undefined && room-- <= 0) continue;
    const of = (sum.entities[name] ??= { events: 0, high: 0 });
    of.events += events;
    of.high += high;
  }
  return sum;
}

/** Whether the events of the newest days are still those that the model has learned. Undefined while there are none. */
export function ageOf(drift: Drift, baseline: Baseline): ModelAge | undefined {
  const dates = Object.keys(drift.days).sort().slice(-JUDGED_DAYS);
  if (dates.length === 0) return undefined;
  const all = dates.map((date) => drift.days[date]).reduce(addDay);
  let [weight, risen, surprisal, expected] = [0, 0, 0, 0];
  for (const [logType, { n, sum }] of Object.entries(all.types)) {
    const usual = baseline.type(logType);
    if (usual === undefined) continue;
    weight += n;
    surprisal += sum;
    expected += n * usual.mean;
    risen += n * riseOf(sum / n, usual);
  }
  const known = Object.values(all.entities).filter(({ events }) => events >= MIN_ENTITY_EVENTS);
  const raised = known.filter(({ events, high }) => high / events >= RAISED_RATE).length;
  const fields = Object.entries(all.fields)
    .flatMap(([log_type, paths]) =>
      Object.entries(paths).flatMap(([path, { n, sum }]) => {
        const usual = baseline.field(log_type, path);
        if (usual === undefined || n < MIN_FIELD_EVENTS) return [];
        return { log_type, path, events: n, surprisal: sum / n, expected: usual.mean, rise: riseOf(sum / n, usual) };
      })
    )
    .filter(({ rise }) => rise >= RISEN_FIELD)
    .sort((a, b) => b.rise - a.rise)
    .slice(0, LISTED_FIELDS);
  const rise = weight === 0 ? 0 : risen / weight;
  const everybody = known.length > 0 && raised / known.length >= RAISED_SHARE;
  return {
    from: dates[0],
    to: dates[dates.length - 1],
    events: all.events,
    high_share: all.high / all.events,
    surprisal: weight === 0 ? 0 : surprisal / weight,
    expected_surprisal: weight === 0 ? 0 : expected / weight,
    rise,
    entities: { judged: known.length, raised },
    fields,
    aged: all.events >= MIN_EVENTS && (rise >= RISEN || everybody),
  };
}

/** In standard deviations of held-out events. Of a field that never surprised, a tenth of a nat counts as one. */
const riseOf = (mean: number, usual: { mean: number; deviation: number }): number => (mean - usual.mean) / Math.max(usual.deviation, 0.1);

function addTo(sum: { n: number; sum: number }, value: number): void {
  merge(sum, 1, value);
}

function merge(into: { n: number; sum: number }, n: number, sum: number): void {
  into.n += n;
  into.sum += sum;
}
