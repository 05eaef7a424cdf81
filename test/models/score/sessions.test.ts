import fc from 'fast-check';
import { fitCodec, type Codec, type PreparedEvent } from '../../../models/codec';
import { MakeUp, SessionCalibration } from '../../../models/score';
import { SESSION_STATISTICS, type SessionMeasure } from '../../../models/score/session_measure';
import { seededUniform } from '../../../models/gpt';
import { withEnd } from '../../../models/prepare';

const TIME = Date.UTC(2026, 0, 5, 8);
const session = (id: number, codes: readonly string[]): PreparedEvent[] =>
  codes.map((code, i) => ({ entity: `session-${id}`, time: TIME + id * 60_000 + i * 1000, logType: 'app', event: { code, session: `session-${id}`, size: (id * 37 + i * 11) % 500 } }));
/** Opened, read up to five times, closed: and where it was copied, checked twice. */
const codesOf = (id: number): string[] => ['open', ...Array<string>((id * 7) % 6).fill('read'), ...(id % 4 === 0 ? ['copy', 'check', 'check'] : []), 'close', 'close'];
const learned = Array.from({ length: 300 }, (_, id) => withEnd(session(id, codesOf(id))));
const codec: Codec = fitCodec(learned, { timeField: '@timestamp', entityFields: ['session'], entityNormalise: true, sessions: true });
const encode = (events: readonly PreparedEvent[]) => {
  const stream = codec.startStream({ entity: events[0].entity, time: events[0].time });
  return events.map((prepared) => ({ prepared, encoded: stream.encode(prepared) }));
};
const makeUp = MakeUp.fromJSON(JSON.parse(JSON.stringify(MakeUp.learn(codec, learned.map(encode)).toJSON())));
const compare = (...codes: string[]) => makeUp.compare(encode(withEnd(session(999, codes))), codec);

describe('what a session consists of', () => {
  it('is nothing new when a session was made up so, in any order', () => {
    expect(compare('open', 'read', 'read', 'close', 'close')).toEqual({ distance: 0, differences: [] });
    expect(compare('close', 'read', 'open', 'close', 'read')).toEqual({ distance: 0, differences: [] });
  });

  it('costs little where sessions otherwise alike differ, and much where they never do', () => {
    const reads = compare('open', ...Array<string>(7).fill('read'), 'close', 'close');
    expect(reads.differences).toMatchObject([{ event: 'read', count: 7, typical: 5 }]);
    const closes = compare('open', 'read', 'close');
    expect(closes.differences).toMatchObject([{ event: 'close', count: 1, typical: 2 }]);
    expect(closes.distance).toBeGreaterThan(3 * reads.distance);
  });

  it('looks at kinds together: a copy without its checks was never seen', () => {
    const { distance, differences } = compare('open', 'copy', 'close', 'close');
    expect(differences).toHaveLength(1);
    expect(distance).toBeGreaterThan(5);
  });

  it('costs most for what no session had', () => {
    const { differences } = compare('open', 'crash', 'close', 'close');
    expect(differences[0]).toMatchObject({ event: 'crash', count: 1, typical: 0 });
    expect(differences[0].surprisal).toBeCloseTo(-Math.log(0.5 / 301));
  });

  it('does not tell kinds by numbers', () => {
    expect(makeUp.toJSON().kinds.fields).toEqual([['app', ['code']]]);
  });

  it('never costs less for a larger difference', () => {
    for (const { costs } of makeUp.toJSON().names) costs.forEach((cost, i) => expect(cost).toBeGreaterThanOrEqual(i === 0 ? 0 : costs[i - 1]));
    fc.assert(fc.property(fc.nat(30), (more) => compare('open', ...Array<string>(5 + more + 1).fill('read'), 'close', 'close').distance >= compare('open', ...Array<string>(5 + more).fill('read'), 'close', 'close').distance), { numRuns: 15 });
  });
});

describe('a calibration of sessions', () => {
  const random = seededUniform(11);
  const exponential = () => -Math.log(1 - random());
  const measure = (change: Partial<SessionMeasure['statistics']> = {}): SessionMeasure => {
    const base = exponential();
    return { statistics: { total: base + 3 * exponential(), peak: base + exponential(), end: exponential(), make_up: random() < 0.05 ? exponential() : 0, ...change }, events: [], differences: [] };
  };
  const calibration = SessionCalibration.fit(Array.from({ length: 2000 }, () => measure()));
  const scoreOf = (one: SessionMeasure) => 100 * (1 - Math.exp(-calibration.judge(one).surprise));

  it('gives fresh normal sessions scores that are rates', () => {
    const scores = Array.from({ length: 20_000 }, () => scoreOf(measure()));
    for (const level of [90, 95, 99]) {
      const share = scores.filter((score) => score >= level).length / scores.length;
      expect(share / (1 - level / 100)).toBeGreaterThan(0.6);
      expect(share / (1 - level / 100)).toBeLessThan(1.6);
    }
  });

  it.each(SESSION_STATISTICS)('scores a session high for its %s alone, and never lower for more of it', (name) => {
    const usual = { total: 1, peak: 0.5, end: 0.5, make_up: 0 };
    const scores = [0, 1, 5, 10, 20, 50].map((more) => scoreOf(measure({ ...usual, [name]: usual[name] + more })));
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
    expect(scores[0]).toBeLessThan(80);
    expect(scores[5]).toBeGreaterThan(99.8);
  });

  it('survives a round through JSON, and refuses one of another version', () => {
    const json = JSON.parse(JSON.stringify(calibration.toJSON()));
    const again = SessionCalibration.fromJSON(json);
    for (let i = 0; i < 50; i++) {
      const one = measure();
      expect(again.judge(one).surprise).toBeCloseTo(calibration.judge(one).surprise, 3);
    }
    expect(() => SessionCalibration.fromJSON({ ...json, version: 0 })).toThrow(expect.objectContaining({ code: 'LYREBIRD_CORRUPT' }));
  });
});
