import type { LogEvent } from '../../../common';
import type { EncodedEvent, PreparedEvent, Span } from '../../../models/codec/types';
import { EvidenceStream, HistoryBuilder } from '../../../models/score';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** Six users over twenty days, ten events a day: each from a country of its own, with a request id that is always another. */
const NAMES = ['ann', 'bob', 'cem', 'dee', 'eva', 'fay'];
const COUNTRIES = ['DE', 'DE', 'DE', 'FR', 'FR', 'GB'];
const START = Date.UTC(2026, 0, 5);
const END = START + 20 * DAY;

const event = (entity: string, time: number, source: LogEvent): PreparedEvent => ({ entity, time, logType: 'signin', event: source });
let ids = 0;
const signIn = (country: string, browser = 'Chrome 1'): LogEvent => ({ source: { geo: { country } }, client: [{ browser }], request: { id: `r${ids++}` } });
const spans: Span[] = [];
const encoded: EncodedEvent = { tokens: [], positions: [], residual: [], spans };

function learned() {
  const builder = new HistoryBuilder(START + 6 * DAY);
  NAMES.forEach((name, n) => {
    const stream: PreparedEvent[] = [];
    for (let i = 0; i < 200; i++) {
      const time = START + (i / 10) * DAY + n * MINUTE;
      // A browser is rolled out half-way through, to all within two days; ann travelled to France once.
      const browser = time > START + 10 * DAY + n * 8 * 60 * MINUTE ? 'Chrome 1' : 'Chrome 0';
      stream.push(event(name, time, signIn(name === 'ann' && i === 150 ? 'FR' : COUNTRIES[n], browser)));
    }
    builder.add(stream);
  });
  return builder.finish();
}

describe('what is new for an entity', () => {
  const history = learned();
  const add = (stream: EvidenceStream, entity: string, minutes: number, source: LogEvent) => stream.add(event(entity, END + minutes * MINUTE, source), encoded, []);

  it('is learned for fields in which something new is rare, not for identifiers', () => {
    expect([...history.rarity.keys()].sort()).toEqual(['client[0].browser', 'source.geo.country']);
    const [nobody, few, any] = history.rarity.get('source.geo.country')!;
    // One in some 850 events brought a country new to its user, and that one others had had.
    expect(any).toBeCloseTo(Math.log(840 / 1.5), 0);
    expect(nobody).toBeGreaterThan(any);
    expect(few).toBeGreaterThanOrEqual(any);
    expect(history.usualOf('eva', 'source.geo.country')).toEqual({ value: 'FR', share: 1 });
    expect(history.usualOf('ann', 'source.geo.country')).toEqual({ value: 'DE', share: 199 / 200 });
  });

  it('is news once, and fades', () => {
    const stream = new EvidenceStream(history);
    expect(add(stream, 'bob', 0, signIn('DE')).news).toBe(0);
    const first = add(stream, 'bob', 1, signIn('BY'));
    expect(first.news).toBeGreaterThan(1);
    expect(first.findings[0]).toMatchObject({ path: 'source.geo.country', actual: 'BY', others: 0 });
    const second = add(stream, 'bob', 11, signIn('BY'));
    expect(second.news).toBeLessThan(first.news * 0.6);
    expect(second.findings[0]).toEqual(first.findings[0]);
    expect(add(stream, 'bob', 300, signIn('BY'))).toMatchObject({ news: 0, findings: [] });
  });

  it('is less of it where the organisation knows the value', () => {
    const stream = new EvidenceStream(history);
    const shared = add(stream, 'bob', 0, signIn('DE', 'Chrome 0'));
    const known = add(stream, 'cem', 0, signIn('GB'));
    const unknown = add(stream, 'dee', 0, signIn('BY'));
    expect(shared.news).toBe(0);
    expect(known.findings[0].others).toBe(1);
    expect(unknown.news).toBeGreaterThanOrEqual(known.news);
    expect(history.rarity.get('source.geo.country')![0]).toBe(unknown.findings[0].surprisal);
  });

  it('is little of it for an entity of which little is known, unless nobody had it', () => {
    const stream = new EvidenceStream(history);
    expect(add(stream, 'newcomer', 0, signIn('GB')).news).toBe(0);
    expect(add(stream, 'newcomer', 1, signIn('DE')).news).toBe(0);
    expect(add(stream, 'newcomer', 2, signIn('KP')).news).toBeGreaterThan(1);
  });

  it('stays with the stream that saw it, and goes on where its memory is kept', () => {
    const stream = new EvidenceStream(history);
    add(stream, 'bob', 0, signIn('BY'));
    const later = new EvidenceStream(stream.remembered());
    expect(add(later, 'bob', 1, signIn('BY')).news).toBe(0);
    expect(add(new EvidenceStream(history), 'bob', 1, signIn('BY')).news).toBeGreaterThan(1);
  });

  it('tells how many events there were, and what is usual', () => {
    const stream = new EvidenceStream(history);
    let pace;
    for (let i = 0; i < 40; i++) pace = add(stream, 'bob', i / 10, signIn('DE')).pace;
    expect(pace).toEqual({ events: 40, usual: 1 });
    expect(add(stream, 'bob', 60, signIn('DE')).pace.events).toBe(1);
  });
});

describe('what is new to the model', () => {
  const history = learned();
  const unseen: EncodedEvent = { ...encoded, spans: [{ path: 'client[0].version', from: 0, to: 1, actual: '159', reason: 'unseen', cause: 'client[0].version=159' }] };
  const totalOf = (stream: EvidenceStream, entity: string, time: number) => stream.add(event(entity, time, {}), unseen, [-20]).measure.total;

  it('counts for an hour, and not for an entity that has it longer', () => {
    const stream = new EvidenceStream(history);
    expect(totalOf(stream, 'bob', END)).toBe(20);
    expect(totalOf(stream, 'bob', END + 30 * MINUTE)).toBe(20);
    expect(totalOf(stream, 'bob', END + 61 * MINUTE)).toBe(0);
    expect(totalOf(stream, 'cem', END + 61 * MINUTE)).toBe(20);
  });

  it('does not count once three others have had it for a day', () => {
    const stream = new EvidenceStream(history);
    for (const name of ['ann', 'bob', 'cem']) totalOf(stream, name, END);
    expect(totalOf(stream, 'dee', END + MINUTE)).toBe(20);
    expect(totalOf(stream, 'eva', END + DAY + MINUTE)).toBe(0);
  });

  it('is another thing when a rule breaks in another way', () => {
    const stream = new EvidenceStream(history);
    const broken = (cause: string): EncodedEvent => ({ ...encoded, spans: [{ path: '@structure', from: 0, to: 1, actual: 'city', reason: 'violation', cause }] });
    const of = (cause: string, minutes: number) => stream.add(event('bob', END + minutes * MINUTE, {}), broken(cause), [-9]).measure.total;
    expect([of('ip=1', 0), of('ip=1', 90), of('ip=2', 91)]).toEqual([9, 0, 9]);
  });
});
