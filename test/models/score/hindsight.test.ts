import { xoroshiro128plus } from 'pure-rand';
import type { ScoredEvent } from '../../../common';
import { Calibration, HistoryBuilder } from '../../../models/score';
import { Hindsight } from '../../../models/score/hindsight';
import type { Accumulator, Surprising } from '../../../models/score/statistics';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);
const generator = xoroshiro128plus(5);
const exponential = () => -Math.log(1 - (generator.unsafeNext() >>> 0) / 2 ** 32);
const surprising = (time: number, surprisal: number, entity = 'ann'): Surprising => ({ entity, logType: 'log', time, news: 0, measure: { total: surprisal, fields: [{ path: 'a', surprisal, counted: true }] } });
const calibration = Calibration.fit(
  Array.from({ length: 4_000 }, (_, i) => surprising(i * MINUTE, exponential(), `user-${i % 50}`)),
  new HistoryBuilder(0).finish()
);

/** Scores events, in calls of so many. */
function run(events: readonly Surprising[], perCall = events.length) {
  const later = new Hindsight(calibration);
  const states = new Map<string, Accumulator>();
  const scored: ScoredEvent[] = [];
  const revised: ScoredEvent[][] = [];
  for (let from = 0; from < events.length; from += perCall) {
    for (const event of events.slice(from, from + perCall)) {
      const judgement = calibration.judge(event, states.get(event.entity));
      states.set(event.entity, judgement.after);
      const probability = Math.exp(-judgement.surprise);
      const score = 100 * (1 - probability);
      const one: ScoredEvent = { seq: scored.length, timestamp: new Date(event.time).toISOString(), entity: event.entity, log_type: 'log', score, initial_score: score, surprisal: 0, probability, top_fields: [] };
      later.add(one, judgement);
      scored.push(one);
    }
    revised.push(later.settle().map(({ event }) => event));
  }
  return { scored, revised };
}
/** Something usual, and then one odd event after the other. */
const attack = (after = MINUTE) => [surprising(START, 0.5), ...Array.from({ length: 6 }, (_, i) => surprising(START + after + i * MINUTE, 9))];

describe('with hindsight', () => {
  it('an event that was the beginning of something scores higher, and its first score stays', () => {
    const [first] = run(attack()).scored;
    expect(first.initial_score).toBeLessThan(70);
    expect(first.score).toBeGreaterThan(95);
    expect(first.probability).toBeCloseTo(1 - first.score / 100, 10);
  });

  it('no event scores lower, and none that nothing followed scores otherwise', () => {
    const { scored } = run(attack());
    expect(scored.filter(({ score, initial_score }) => score < initial_score)).toEqual([]);
    const last = scored[scored.length - 1];
    expect(last.score).toBe(last.initial_score);
  });

  it('what somebody else does, and what comes hours later, changes nothing', () => {
    const others = attack().map((event, i) => (i === 0 ? event : { ...event, entity: 'bob' }));
    for (const events of [others, attack(3 * 60 * MINUTE)]) {
      const [first] = run(events).scored;
      expect(first.score).toBe(first.initial_score);
    }
  });

  it.each([1, 2, 3, 5])('scores end up the same when events come %d at a time, and those of earlier calls are handed over', (perCall) => {
    const events = [...attack(), ...attack().map((event) => ({ ...event, entity: 'bob', time: event.time + 7 * MINUTE }))];
    const [whole, parts] = [run(events), run(events, perCall)];
    parts.scored.forEach(({ score }, i) => expect(score).toBeCloseTo(whole.scored[i].score, 1));
    expect(whole.revised).toEqual([[]]);
    const handed = new Set(parts.revised.flat());
    expect(handed.has(parts.scored[0])).toBe(true);
    parts.revised.forEach((some, call) => expect(some.filter(({ seq }) => seq >= call * perCall)).toEqual([]));
  });
});
