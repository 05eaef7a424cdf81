import { measureEvent } from '../../../models/score/surprisal';
import type { EncodedEvent, Span } from '../../../models/codec/types';

const span = (path: string, from: number, to: number, reason: Span['reason'], cause?: string): Span => ({ path, from, to, actual: path, reason, cause });
const event = (spans: Span[]): EncodedEvent => ({ tokens: [], positions: [], residual: [], spans });

describe('measureEvent', () => {
  it('sums the tokens of each span and names the most surprising of them', () => {
    const { fields, total } = measureEvent(event([span('a', 0, 1, 'unlikely'), span('b', 1, 4, 'unlikely')]), [-0.5, -1, -3, -2]);
    expect(fields.map(({ path, surprisal, token }) => [path, surprisal, token])).toEqual([
      ['a', 0.5, 0],
      ['b', 6, 2],
    ]);
    expect(total).toBe(6.5);
  });

  it('takes of a value in a field that is seldom new that it is new, not how it is spelled', () => {
    const { fields, total, nats } = measureEvent(event([span('a', 0, 5, 'unseen')]), [-3, -9, -9, -9, -9]);
    expect(fields[0]).toMatchObject({ surprisal: 3, token: 0 });
    expect(total).toBe(3);
    expect(nats).toBe(39);
  });

  it('reads the spelling where new values are the rule', () => {
    expect(measureEvent(event([span('message', 0, 3, 'unseen')]), [-0.1, -2, -4]).total).toBeCloseTo(6.1);
  });

  it('counts the consequences of one unseen value once: the most surprising', () => {
    const spans = [span('ip', 0, 1, 'unseen', 'ip'), span('city', 1, 2, 'unseen', 'ip'), span('asn', 2, 3, 'unseen', 'ip'), span('app', 3, 4, 'unlikely')];
    const { fields, total } = measureEvent(event(spans), [-5, -9, -7, -1]);
    expect(total).toBe(10);
    expect(fields.filter(({ counted }) => counted).map(({ path }) => path)).toEqual(['city', 'app']);
  });
});
