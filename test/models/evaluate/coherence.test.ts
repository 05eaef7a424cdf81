import type { LogEvent } from '../../../common';
import { blocksOf, halves } from '../../../models/evaluate/blocks';
import { coherence } from '../../../models/evaluate/coherence';
import { Corpus } from '../../../models/evaluate/corpus';
import type { Source } from '../../../models/evaluate/corpus';
import { roleValues } from '../../../models/evaluate/joints';
import { typeFields } from '../../../models/evaluate/log_type';
import { seeded } from '../../../models/evaluate/random';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 5);

interface Habits {
  /** Every so many sessions begin without a sign-in; 0 for none. */
  unsigned?: number;
  /** One id for all requests of a session. */
  shared?: boolean;
  /** The answer comes before the request. */
  hasty?: boolean;
  /** Events of a session are written from the last to the first. */
  reversed?: boolean;
}

/** Forty sessions of an hour apart: a sign-in and three requests. */
function sessionsOf(corpus: Corpus, source: Source, from: number, { unsigned = 0, shared = true, hasty = false, reversed = false }: Habits = {}): void {
  for (let s = 0; s < 40; s++) {
    const at = from + s * HOUR;
    const events: Array<{ time: number; logType: string; event: LogEvent }> = [];
    if (unsigned === 0 || s % unsigned !== 0) events.push({ time: at, logType: 'signins', event: { '@timestamp': new Date(at).toISOString(), event: { action: 'UserLoggedIn', outcome: 'success' } } });
    for (let i = 1; i <= 3; i++) {
      const time = at + i * MINUTE;
      const sent = new Date(time - 2_000 - s).toISOString();
      const answered = new Date(time - (hasty ? 3_000 : 1_000) - s).toISOString();
      events.push({ time, logType: 'requests', event: { '@timestamp': new Date(time).toISOString(), event: { action: `get-${i}` }, session: `${source}-${from}-${s}${shared ? '' : `-${i}`}`, sent, answered } });
    }
    for (const event of reversed ? events.reverse() : events) corpus.add(source, { entity: 'jdoe', ...event });
  }
}

function measured(real: Habits, synthetic: Habits) {
  const corpus = new Corpus();
  sessionsOf(corpus, 'train', START, real);
  sessionsOf(corpus, 'heldout', START + 7 * DAY, real);
  sessionsOf(corpus, 'synthetic', START + 7 * DAY + MINUTE, synthetic);
  const sets = { train: corpus.rows('train'), floors: [corpus.rows('train')], shifts: [7 * DAY], heldout: corpus.rows('heldout'), synthetic: corpus.rows('synthetic') };
  const fields = corpus.tables.map((_, type) => typeFields(corpus, type, sets, '@timestamp'));
  return coherence(corpus, fields, roleValues(corpus, fields, sets, ['action', 'outcome']), sets);
}

describe('sessions', () => {
  it('that are like the real ones have nothing to be told', () => {
    const { ids, signIn, times, report } = measured({ unsigned: 4 }, { unsigned: 4 });
    expect(ids).toEqual({ value: 0, floors: [0] });
    expect(signIn).toEqual({ value: 0.25, floors: [0.25] });
    expect(times).toEqual({ value: 1, floors: [1] });
    expect(report.ids).toEqual([
      { log_type: 'requests', path: 'session', repeats: { train: 1, heldout: 1, synthetic: 1 }, run_length: { train: 3, heldout: 3, synthetic: 3 }, elsewhere: { train: 0, heldout: 0, synthetic: 0 }, floor: 0 },
    ]);
    expect(report.sign_in).toEqual({ actions: ['UserLoggedIn / success'], before: { train: 0.25, heldout: 0.25, synthetic: 0.25 }, sessions: { train: 40, heldout: 40, synthetic: 40 } });
    expect(report.times).toEqual([]);
  });

  it('have ids that real ones repeat', () => {
    const { ids, idsOver, report } = measured({}, { shared: false });
    expect(ids.value).toBe(1);
    expect(idsOver.count).toBe(80);
    expect(report.ids[0]).toMatchObject({ repeats: { heldout: 1, synthetic: 0 }, run_length: { heldout: 3, synthetic: 1 } });
  });

  it('use nothing before a sign-in, where real ones do not', () => {
    expect(measured({}, { unsigned: 2 }).signIn).toEqual({ value: 0.5, floors: [0] });
  });

  it('have times in order, in the event and from one to the next', () => {
    const hasty = measured({}, { hasty: true });
    // Three of four events of a session have both times.
    expect(hasty.times).toEqual({ value: 0.25, floors: [1] });
    expect(hasty.report.times).toEqual([{ log_type: 'requests', earlier: 'sent', later: 'answered', heldout: 0, synthetic: 1 }]);
    const reversed = measured({}, { reversed: true });
    expect(reversed.times.value).toBe(0.25);
    expect(reversed.report.backwards).toBe(120);
  });

  it('are not asked for a sign-in where logs have none', () => {
    const corpus = new Corpus();
    for (const [source, from] of [['train', 0], ['heldout', 7 * DAY], ['synthetic', 7 * DAY]] as const) {
      for (let i = 0; i < 30; i++) corpus.add(source, { entity: 'jdoe', time: START + from + i * MINUTE, logType: 'app', event: { action: i % 2 === 0 ? 'logging' : 'read' } });
    }
    const sets = { train: corpus.rows('train'), floors: [], shifts: [], heldout: corpus.rows('heldout'), synthetic: corpus.rows('synthetic') };
    const fields = corpus.tables.map((_, type) => typeFields(corpus, type, sets, '@timestamp'));
    const { signIn, report } = coherence(corpus, fields, roleValues(corpus, fields, sets, ['action', 'outcome']), sets);
    expect(signIn.value).toBeNull();
    expect(report.sign_in).toBeUndefined();
  });
});

describe('blocks of events', () => {
  function tableOf(entities: number, events: number, apart: number) {
    const corpus = new Corpus();
    for (let e = 0; e < entities; e++) for (let i = 0; i < events; i++) corpus.add('train', { entity: `user-${e}`, time: START + i * apart, logType: 't', event: {} });
    return { table: corpus.tables[0], rows: corpus.ofType(corpus.rows('train'), 0) };
  }

  it('are days of an entity, or shorter where those are too few', () => {
    const { table, rows } = tableOf(3, 48, HOUR);
    expect(blocksOf(table, rows, 6)!.count).toBe(6);
    expect(blocksOf(table, rows, 7)!.count).toBe(144);
    expect(blocksOf(table, rows, 1_000)).toBeUndefined();
  });

  it('lay one period over another', () => {
    const { table, rows } = tableOf(1, 20, DAY);
    const shifts = Float64Array.from(rows, (_, i) => (i < 10 ? 10 * DAY : 0));
    const { block, count } = blocksOf(table, rows, 5, shifts)!;
    expect(count).toBe(10);
    expect(block[3]).toBe(block[13]);
  });

  it('are halved within each entity, whole', () => {
    const { table, rows } = tableOf(5, 96, HOUR);
    const [first, second] = halves(table, rows, seeded(1));
    expect([...first, ...second].sort((a, b) => a - b)).toEqual([...rows].sort((a, b) => a - b));
    const key = (row: number) => `${table.entity[row]}/${Math.floor(table.time[row] / DAY)}`;
    const [here, there] = [new Set(Array.from(first, key)), new Set(Array.from(second, key))];
    expect([here.size, there.size]).toEqual([10, 10]);
    expect([...here].filter((block) => there.has(block))).toEqual([]);
    for (const half of [first, second]) expect(new Set(Array.from(half, (row) => table.entity[row])).size).toBe(5);
  });

  it('of one moment cannot be halved', () => {
    const { table, rows } = tableOf(2, 10, 0);
    const [first, second] = halves(table, rows, seeded(1));
    expect([first.length, second.length]).toEqual([20, 0]);
  });
});
