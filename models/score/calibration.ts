import { LyrebirdError, Tail, type BucketTailsJson, type TailJson } from '../../common';
import { Baseline, type BaselineJson } from './baseline';
import { bucketsOf } from './buckets';
import { History, type HistoryJson } from './history';
import { keyOf } from './sightings';
import { decayed, PARTS, Statistics, type Accumulator, type Measured, type Parts, type StatisticsJson, type Surprising } from './statistics';

/** Parts of the held-out events of which each is judged by the others: of the entities, or of each entity's time where these are few. */
const ENTITY_FOLDS = 4;
const TIME_FOLDS = 10;
const MIN_ENTITIES = 40;
/** Fewer held-out events are not split. */
const MIN_SPLIT_EVENTS = 100;
const VERSION = 4;

export interface Judgement {
  /** -ln of the share of held-out normal events at least as surprising. */
  surprise: number;
  /** The same of each of the four that it is made of. */
  parts: Parts;
  /** What the event adds to what its entity accumulates, whichever way it is looked from. */
  excess: number;
  /** The entity's accumulator after the event. */
  after: Accumulator;
}

export interface CalibrationJson {
  version: number;
  statistics: StatisticsJson;
  tails: Record<keyof Parts, TailJson>;
  combined: TailJson;
  baseline: BaselineJson;
  history: HistoryJson;
}

/**
 * What surprise is normal, from held-out events that the model was not trained on (in sample it would be too small).
 *
 * Four statistics of an event go each through their own upper tail, as -ln of it, and their sum through a tail of its own: they
 * depend on each other, so no formula knows it. All five tails are fitted on statistics that are themselves out of sample (of each quarter of the
 * entities by the others; with few entities, each tenth of their time): in sample, the rarest value of a field is never rarer than the rarest,
 * and of the next events twenty times as many would be beyond it.
 *
 * What an entity accumulates is looked at from both sides once more is known: the first events of an attack are as odd as what they
 * lead to. The sum's tail is that of events seen so, so a score is a rate when all is known, and at most that before.
 */
export class Calibration {
  private constructor(
    private readonly statistics: Statistics,
    private readonly tails: Readonly<Record<keyof Parts, Tail>>,
    private readonly combined: Tail,
    readonly baseline: Baseline,
    readonly history: History,
    /** What is usual of an entity's events in a stretch of time; fitted ones only, for the card. */
    readonly buckets: Record<string, BucketTailsJson> = {}
  ) {}

  /** `events` in time order per entity; `history` is what they were judged new by, and what they have added to it. */
  static fit(events: readonly Surprising[], history: History): Calibration {
    const fold = foldsOf(events);
    const folds = fold === undefined ? 1 : Math.max(...new Set(fold)) + 1;
    const measured: Array<{ parts: Parts; hindsight: number }> = [];
    const order: Surprising[] = [];
    for (let k = 0; k < folds; k++) {
      const statistics = Statistics.fit(fold === undefined ? events : events.filter((_, i) => fold[i] !== k));
      const judged = fold === undefined ? events : events.filter((_, i) => fold[i] === k);
      const found = inTurn(judged, (event, before) => statistics.measure(event, before));
      const hindsight = lookingBack(judged, found);
      found.forEach(({ parts }, i) => measured.push({ parts, hindsight: hindsight[i] }));
      order.push(...judged);
    }
    const tails = Object.fromEntries(PARTS.map((part) => [part, Tail.fit(measured.map(({ parts }) => parts[part]))])) as Record<keyof Parts, Tail>;
    const sums = measured.map(({ parts, hindsight }) => sumOf(throughTails({ ...parts, accumulated: Math.max(parts.accumulated, hindsight) }, tails)));
    const combined = Tail.fit(sums);
    const buckets = bucketsOf(order.map(({ entity, time }, i) => ({ entity, time, surprise: combined.surprise(sums[i]) })));
    return new Calibration(Statistics.fit(events), tails, combined, Baseline.fit(events), history, buckets);
  }

  judge(event: Surprising, before: Accumulator | undefined): Judgement {
    const { parts: raw, excess, after } = this.statistics.measure(event, before);
    const parts = throughTails(raw, this.tails);
    return { surprise: this.combined.surprise(sumOf(parts)), parts, excess, after };
  }

  /** The surprise of an event after which more was accumulated than up to it: its own excess, and what is left of later ones when looked at from it. */
  hindsight({ parts, surprise }: Pick<Judgement, 'parts' | 'surprise'>, accumulated: number): number {
    const seen = this.tails.accumulated.surprise(accumulated);
    return seen <= parts.accumulated ? surprise : this.combined.surprise(sumOf({ ...parts, accumulated: seen }));
  }

  toJSON(): CalibrationJson {
    const tails = Object.fromEntries(PARTS.map((part) => [part, this.tails[part].toJSON()])) as CalibrationJson['tails'];
    return { version: VERSION, statistics: this.statistics.toJSON(), tails, combined: this.combined.toJSON(), baseline: this.baseline.toJSON(), history: this.history.toJSON() };
  }

  /** @throws LYREBIRD_CORRUPT for one of another version */
  static fromJSON(json: CalibrationJson): Calibration {
    if (json.version !== VERSION) {
      throw new LyrebirdError('LYREBIRD_CORRUPT', `The model's calibration has version ${json.version}, expected ${VERSION}.`, 'Train the model again.');
    }
    const tails = Object.fromEntries(PARTS.map((part) => [part, Tail.fromJSON(json.tails[part])])) as Record<keyof Parts, Tail>;
    return new Calibration(Statistics.fromJSON(json.statistics), tails, Tail.fromJSON(json.combined), Baseline.fromJSON(json.baseline), History.fromJSON(json.history));
  }
}

const throughTails = (raw: Parts, tails: Readonly<Record<keyof Parts, Tail>>): Parts => ({
  event: tails.event.surprise(raw.event),
  fields: tails.fields.surprise(raw.fields),
  accumulated: tails.accumulated.surprise(raw.accumulated),
  news: tails.news.surprise(raw.news),
});

const sumOf = ({ event, fields, accumulated, news }: Parts) => event + fields + accumulated + news;

/** Measures each event with what its entity's last one left. */
function inTurn(events: readonly Surprising[], measure: (event: Surprising, before: Accumulator | undefined) => Measured): Measured[] {
  const states = new Map<string, Accumulator>();
  return events.map((event) => {
    const found = measure(event, states.get(event.entity));
    states.set(event.entity, found.after);
    return found;
  });
}

/** What each event's entity accumulates from it on, looked at from the event. */
function lookingBack(events: readonly Surprising[], measured: readonly Measured[]): number[] {
  const states = new Map<string, Accumulator>();
  const found = new Array<number>(events.length);
  for (let i = events.length - 1; i >= 0; i--) {
    const { entity, time } = events[i];
    const after = states.get(entity);
    found[i] = (after === undefined ? 0 : decayed(after.value, after.time - time)) + measured[i].excess;
    states.set(entity, { value: found[i], time });
  }
  return found;
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
