import { compare, type Compared } from '../../../models/augment';

const normal = (entity: string, before: number, after: number): Compared => ({ entity, before, after });
const attacked = (attack: string, before: number, after: number): Compared => ({ entity: 'old', before, after, attack });

test('counts at the thresholds of the base, and where the other finds as many', () => {
  // 1,000 normal events whose scores under the base are 0 to 99.9; under the other model those of newcomers are 50 lower.
  const quiet = Array.from({ length: 1000 }, (_, i) => normal(i % 2 ? 'new' : 'old', i / 10, i % 2 ? i / 10 - 50 : i / 10));
  const { chosen, all } = compare([...quiet, attacked('a', 99.5, 99.95), attacked('a', 98, 99.2), attacked('b', 10, 99.1)], (entity) => entity === 'new');
  expect([all.normal, all.attack_events, all.attacks, chosen.normal, chosen.attack_events]).toEqual([1000, 3, 2, 500, 0]);
  const [high, hundred, thousand] = all.at;
  expect(high).toMatchObject({ name: 'score_99', false_positives: { before: 10, after: 5 }, attack_events: { before: 1, after: 3 }, attacks: { before: 1, after: 2 } });
  // The base finds one event there: so does the other above 99.95, which no normal event reaches.
  expect(high.as_many_found).toEqual({ threshold: 99.95, false_positives: 0 });
  expect(hundred).toMatchObject({ name: 'one_in_100', false_positives: { before: 10, after: 5 } });
  expect(thousand).toMatchObject({ name: 'one_in_1000', false_positives: { before: 1, after: 0 }, attack_events: { before: 0, after: 1 } });
  expect(thousand.as_many_found).toBeUndefined();
  expect(chosen.at.map(({ false_positives }) => false_positives)).toEqual([{ before: 5, after: 0 }, { before: 5, after: 0 }, { before: 1, after: 0 }]);
});
