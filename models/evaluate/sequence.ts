import type { Report } from '../../common';
import type { Corpus } from './corpus';
import { countValues, kolmogorovSmirnov, totalVariation } from './distances';
import { histogram } from './field_report';
import type { Observations } from './figures';
import type { EventSets, EventValues } from './joints';
import { SESSION_MINUTES, eventsPerEntityDay, gapSeconds, hourOfWeek, sessions } from './streams';

/** Stands before the first action of a session. */
const START = '(session starts)';
const SHOWN = 24;

export interface Measured {
  value: number | null;
  floors: Array<number | null>;
}

/** A period, ms: what a day without events is depends on it. */
export interface Span {
  from: number;
  to: number;
}

/** Order and rhythm: bigrams of actions in a session, transitions, session length, events per entity and day, gaps, hours of the week. */
export function sequences(corpus: Corpus, actions: EventValues, sets: EventSets, spans: { train: Span; floors: readonly Span[]; heldout: Span; synthetic: Span }) {
  const all = [sets.train, sets.heldout, sets.synthetic, ...sets.floors];
  const allSpans = [spans.train, spans.heldout, spans.synthetic, ...spans.floors];
  const width = actions.names.length + 1;
  const cut = all.map((rows) => sessions(corpus, rows));
  const bigrams = cut.map((found) => countValues(pairs(found, actions, width)));
  const lengths = cut.map((found) => Float64Array.from(found, (session) => session.length).sort());
  const entities = new Set<number>();
  for (const rows of [sets.train, sets.heldout]) for (const event of rows) entities.add(corpus.entity[event]);
  const perDay = all.map((rows, i) => eventsPerEntityDay(corpus, rows, entities, allSpans[i].from, allSpans[i].to));
  const gaps = all.map((rows) => gapSeconds(corpus, rows));
  // Floors of other weekdays are laid over the held-out period.
  const week = all.map((rows, set) => hourOfWeek(corpus, rows, set < 3 ? 0 : sets.shifts[set - 3]));
  const weekly = week.map((hours) => new Map(hours.flat().map((share, hour) => [hour, share])));
  const measured = (measure: (set: number) => number | null): Measured => ({ value: measure(2), floors: sets.floors.map((_, i) => measure(i + 3)) });
  const smaller = (of: string, count: (set: number) => number): Observations => ({ count: Math.min(count(1), count(2)), of });
  const report: Report['sequence'] = {
    action_fields: actions.fields,
    session_minutes: SESSION_MINUTES,
    bigrams: listed(bigrams, actions, width),
    session_length: histogram([lengths[0], lengths[1], lengths[2]], 'events', true),
    events_per_entity_day: histogram([perDay[0], perDay[1], perDay[2]], 'events', true),
    gap: histogram([gaps[0], gaps[1], gaps[2]], 's', true),
    hour_of_week: { train: week[0], heldout: week[1], synthetic: week[2] },
  };
  return {
    report,
    bigrams: measured((set) => totalVariation(bigrams[set], bigrams[1])),
    transitions: measured((set) => transitionDistance(bigrams[set], bigrams[1], width)),
    sessionLength: measured((set) => kolmogorovSmirnov(lengths[set], lengths[1])),
    perDay: measured((set) => kolmogorovSmirnov(perDay[set], perDay[1])),
    gap: measured((set) => kolmogorovSmirnov(gaps[set], gaps[1])),
    over: {
      pairs: smaller('pairs of actions', (set) => [...bigrams[set].values()].reduce((a, b) => a + b, 0)),
      sessions: smaller('sessions', (set) => lengths[set].length),
      days: smaller('days on which an entity has events', (set) => perDay[set].filter((count) => count > 0).length),
      gaps: smaller('gaps', (set) => gaps[set].length),
    },
    hourOfWeek: measured((set) => (all[set].length === 0 ? null : totalVariation(weekly[set], weekly[1]))),
  };
}

/** `from * width + to`; events without an action are passed over. */
function* pairs(found: readonly number[][], actions: EventValues, width: number): Generator<number> {
  for (const session of found) {
    let from = width - 1;
    for (const event of session) {
      const to = actions.codes[event];
      if (to < 0) continue;
      yield from * width + to;
      from = to;
    }
  }
}

/**
 * Mean over the reference's actions of the total variation distance between what follows them: how wrong the next action is,
 * however often the one before comes. An action that the sample never has counts 1.
 */
export function transitionDistance(sample: ReadonlyMap<number, number>, reference: ReadonlyMap<number, number>, width: number): number | null {
  const next = (counts: ReadonlyMap<number, number>) => {
    const rows = new Map<number, Map<number, number>>();
    for (const [key, count] of counts) {
      const from = Math.floor(key / width);
      (rows.get(from) ?? rows.set(from, new Map()).get(from)!).set(key % width, count);
    }
    return rows;
  };
  const [ofSample, ofReference] = [next(sample), next(reference)];
  let [sum, weight] = [0, 0];
  for (const [from, to] of ofReference) {
    const events = [...to.values()].reduce((a, b) => a + b, 0);
    const mine = ofSample.get(from);
    sum += events * (mine === undefined ? 1 : totalVariation(mine, to)!);
    weight += events;
  }
  return weight === 0 || sample.size === 0 ? null : sum / weight;
}

function listed(bigrams: ReadonlyArray<Map<number, number>>, actions: EventValues, width: number): Report['sequence']['bigrams'] {
  const totals = bigrams.map((counts) => [...counts.values()].reduce((a, b) => a + b, 0) || 1);
  const share = (set: number, key: number) => (bigrams[set].get(key) ?? 0) / totals[set];
  const name = (code: number) => (code === width - 1 ? START : actions.names[code]);
  const all = [...new Set([...bigrams[1].keys(), ...bigrams[2].keys()])].map((key) => ({
    key,
    from: name(Math.floor(key / width)),
    to: name(key % width),
    train: share(0, key),
    heldout: share(1, key),
    synthetic: share(2, key),
  }));
  const byShare = [...all].sort((a, b) => b.heldout - a.heldout || a.key - b.key).slice(0, SHOWN / 2);
  const byDifference = [...all].sort((a, b) => Math.abs(b.synthetic - b.heldout) - Math.abs(a.synthetic - a.heldout) || a.key - b.key);
  const shown = [...byShare, ...byDifference.filter((pair) => !byShare.includes(pair)).slice(0, SHOWN / 2)];
  return shown.map(({ from, to, train, heldout, synthetic }) => ({ from, to, train, heldout, synthetic }));
}
