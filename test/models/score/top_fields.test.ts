import { HistoryBuilder } from '../../../models/score';
import type { Judgement } from '../../../models/score/calibration';
import type { Evidence, Finding } from '../../../models/score/evidence';
import { topFields } from '../../../models/score/top_fields';

const NOW = Date.UTC(2026, 0, 31);
const field = (path: string, surprisal: number, counted = true) => ({ path, actual: `${path}!`, reason: 'unlikely' as const, surprisal, token: 1, counted });
const finding = (change: Partial<Finding> = {}): Finding => ({ path: 'country', actual: 'BY', surprisal: 8, others: 0, time: NOW, ...change });
const evidence = (change: Partial<Evidence> = {}): Evidence => ({
  entity: 'ann',
  logType: 'signin',
  time: NOW,
  measure: { fields: [field('app', 3), field('city', 9, false), field('hour', 1)], total: 4, nats: 13 },
  news: 0,
  findings: [],
  pace: { events: 1, usual: 3 },
  ...change,
});
const judgement = (accumulated = 0): Judgement => ({ surprise: 1, parts: { event: 1, fields: 0, accumulated, news: 0 }, excess: 0, after: { value: 0, time: NOW } });

const builder = new HistoryBuilder(0);
builder.add(Array.from({ length: 50 }, (_, i) => ({ entity: 'ann', time: i * 3_600_000, logType: 'signin', event: { country: i === 0 ? 'FR' : 'DE' } })));
const history = builder.finish();
const shown = (one: Evidence, of = judgement(), count = 5) => topFields(one, of, history, count).map(({ surprisal }) => surprisal);

describe('topFields', () => {
  it('cuts values that nobody reads to their end, and says how long they are', () => {
    const text = 'x'.repeat(10 * 2 ** 20);
    const [first] = shown(evidence({ measure: { fields: [{ ...field('body', 3), actual: text }], total: 3, nats: 3 } }));
    expect(first.actual).toBe(`${'x'.repeat(1_000)}… (10485760 characters)`);
    const [found] = shown(evidence({ findings: [finding({ actual: text })] }));
    expect(found.actual.length).toBeLessThan(1_100);
  });

  it('names what counts first, the most surprising first, and no more than asked for', () => {
    expect(shown(evidence()).map(({ field: name }) => name)).toEqual(['app', 'hour', 'city']);
    expect(shown(evidence(), judgement(), 1).map(({ field: name }) => name)).toEqual(['app']);
    expect(shown(evidence(), judgement(), 0)).toEqual([]);
  });

  it('says what is new, and what is usual instead', () => {
    expect(shown(evidence({ findings: [finding()] }))[0]).toEqual({
      field: 'country',
      actual: 'BY',
      surprisal: 8,
      probability: Math.exp(-8),
      reason: 'unseen',
      typical: [{ value: 'DE', probability: 0.98 }],
    });
    expect(shown(evidence({ findings: [finding({ others: 2 })] }))[0].reason).toBe('first');
  });

  it('says how long ago it was, where an earlier event had it', () => {
    expect(shown(evidence({ findings: [finding({ time: NOW - 12 * 60_000 })] }))[0]).toMatchObject({ actual: 'BY', earlier_seconds: 720 });
    expect(shown(evidence({ findings: [finding()] }))[0]).not.toHaveProperty('earlier_seconds');
  });

  it('names a field once: what surprised more', () => {
    const both = (surprisal: number) => evidence({ measure: { fields: [field('country', surprisal)], total: surprisal, nats: surprisal }, findings: [finding()] });
    expect(shown(both(3)).map(({ reason, surprisal }) => [reason, surprisal])).toEqual([['unseen', 8]]);
    expect(shown(both(20)).map(({ reason, surprisal }) => [reason, surprisal])).toEqual([['unlikely', 20]]);
  });

  it('tells of a burst where much has added up, and only then', () => {
    const burst = evidence({ pace: { events: 40, usual: 3 } });
    expect(shown(burst, judgement(6))[0]).toMatchObject({ field: '@burst', actual: '40 events in 10 min', typical: [{ value: '3 events in 10 min', probability: 0.95 }] });
    for (const quiet of [shown(burst, judgement(1)), shown(evidence(), judgement(6))]) expect(quiet.map(({ field: name }) => name)).not.toContain('@burst');
  });
});
