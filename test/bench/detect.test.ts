import fc from 'fast-check';
import { aucOf, averagePrecision, measure, type Judged } from '../../bench/detect/measure';
import { columnsOf } from '../../bench/detect/columns';
import { rarityScores } from '../../bench/detect/rarity';
import { telltales } from '../../bench/detect/telltales';
import { detectionTask } from '../../bench/detect/organisation';

const event = (score: number, attack?: string, entity = 'a', time = 0): Judged => ({ score, entity, time, ...(attack && { attack: { id: attack, technique: 'T1530' } }) });
const events = fc.array(fc.record({ score: fc.integer({ min: 0, max: 9 }), attacked: fc.boolean() }), { minLength: 2, maxLength: 60 }).filter((all) => all.some(({ attacked }) => attacked) && all.some(({ attacked }) => !attacked));
const judged = (all: Array<{ score: number; attacked: boolean }>): Judged[] => all.map(({ score, attacked }) => event(score, attacked ? 'x' : undefined));

describe('figures of a detector', () => {
  it('has the area that pairs of an attack and a normal event give, ties half', () => {
    fc.assert(
      fc.property(events, (all) => {
        const [attacks, normal] = [true, false].map((wanted) => all.filter(({ attacked }) => attacked === wanted));
        const won = attacks.flatMap((a) => normal.map((n) => (a.score > n.score ? 1 : a.score === n.score ? 0.5 : 0) as number)).reduce((sum, one) => sum + one, 0);
        expect(aucOf(judged(all))).toBeCloseTo(won / (attacks.length * normal.length), 10);
      })
    );
  });

  it('does not hang on the scale of the scores, nor on the order of events', () => {
    fc.assert(
      fc.property(events, (all) => {
        const moved = [...judged(all)].reverse().map((each) => ({ ...each, score: Math.exp(each.score) - 7 }));
        expect(averagePrecision(moved)).toBeCloseTo(averagePrecision(judged(all)), 10);
        expect(aucOf(moved)).toBeCloseTo(aucOf(judged(all)), 10);
      })
    );
  });

  it('has the average precision of scikit-learn', () => {
    // sklearn.metrics.average_precision_score([0, 0, 1, 1], [.1, .4, .35, .8]), the example of its documentation.
    expect(averagePrecision([event(0.1), event(0.4), event(0.35, 'x'), event(0.8, 'x')])).toBeCloseTo(0.8333, 4);
  });

  it('counts attacks, and the time until the first alert', () => {
    const normal = Array.from({ length: 1000 }, (_, i) => event(i / 1000, undefined, 'b', i));
    const figures = measure([...normal, event(0.2, 'found', 'a', 1_000), event(2, 'found', 'a', 61_000), event(0.995, 'late', 'c', 0)]);
    expect(figures).toMatchObject({ attacks: 2, attack_events: 3, at_01: { attacks: 1, recall: 1 / 3 }, at_1: { attacks: 2 }, first_alert_seconds: 60, missed: ['late'] });
  });

  it('lets the highest score of an hour stand for it', () => {
    const figures = measure([event(0.1, 'x', 'a', 0), event(0.9, undefined, 'a', 60_000), event(0.5, undefined, 'b', 0)]);
    expect(figures.hours).toEqual({ average_precision: 1, recall_1: 1 });
    expect(figures.average_precision).toBeLessThan(1);
  });

  it('has nothing to say without attacks', () => {
    expect(() => measure([event(1)])).toThrow(RangeError);
  });
});

describe('values that give the label away', () => {
  it('are those that several attacks have and nothing normal has', () => {
    const { train, test } = detectionTask({ users: 12, days: 10, seed: 4 });
    const marked = test.map((event) => (event.attack ? { ...event, hit: { ...event.hit, _source: { ...event.hit._source, lab: 'red', user: { domain: 'shared' } } } } : { ...event, hit: { ...event.hit, _source: { ...event.hit._source, user: { domain: 'shared' } } } }));
    const attacks = new Set(test.flatMap(({ attack }) => attack?.id ?? [])).size;
    const found = telltales({ train, test: marked }, attacks);
    expect(found).toEqual([{ field: 'lab', value: 'red', attacks }]);
  });
});

describe('the simple bar', () => {
  const task = detectionTask({ users: 12, days: 10, seed: 4 });

  it('is far better than chance', () => {
    const { rarityAndBurst, userPairs } = rarityScores(task);
    const auc = (scores: number[]) => aucOf(task.test.map(({ entity, time, attack }, i) => ({ entity, time, attack, score: scores[i] })));
    expect(auc(rarityAndBurst)).toBeGreaterThan(0.8);
    expect(auc(userPairs)).toBeGreaterThan(0.7);
  });

  it('reads neither labels nor what every event has of its own', () => {
    const columns = columnsOf(task.train);
    expect(columns.length).toBeGreaterThan(10);
    expect(columns.filter((name) => name.startsWith('threat') || name === '@timestamp' || name === 'event.id')).toEqual([]);
  });

  it('is judged by events that come after those it learns from, none of them labelled', () => {
    expect(task.test.some(({ attack }) => attack)).toBe(true);
    expect(task.train.some(({ attack }) => attack)).toBe(false);
    expect(Math.max(...task.train.map(({ time }) => time))).toBeLessThan(Math.min(...task.test.map(({ time }) => time)));
    expect(JSON.stringify(task.test.map(({ hit }) => hit._source))).not.toContain('"threat"');
  });
});
