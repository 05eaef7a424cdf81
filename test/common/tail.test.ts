import fc from 'fast-check';
import { Tail } from '../../common';

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 2_000 });

describe('Tail', () => {
  it('never falls as the value grows, and survives JSON', () => {
    fc.assert(
      fc.property(values, fc.array(fc.double({ min: -2e6, max: 2e6, noNaN: true }), { minLength: 2, maxLength: 50 }), (sample, probes) => {
        const tail = Tail.fit(sample, 64);
        const surprises = [...probes].sort((a, b) => a - b).map((probe) => tail.surprise(probe));
        for (let i = 1; i < surprises.length; i++) expect(surprises[i]).toBeGreaterThanOrEqual(surprises[i - 1]);
        expect(surprises.every((surprise) => surprise >= 0 && Number.isFinite(surprise))).toBe(true);
        const back = Tail.fromJSON(JSON.parse(JSON.stringify(tail)));
        for (const probe of probes) expect(back.surprise(probe)).toBeCloseTo(tail.surprise(probe), 3);
      }),
      { numRuns: 50 }
    );
  });

  it('is a rate: of uniform values, one in a hundred surprises by more than -ln 0.01', () => {
    const sample = Array.from({ length: 10_000 }, (_, i) => i / 10_000);
    const tail = Tail.fit(sample);
    for (const share of [0.5, 0.1, 0.01, 0.001]) expect(Math.exp(-tail.surprise(1 - share))).toBeCloseTo(share, 2);
  });

  it('goes on growing beyond the largest value seen', () => {
    const tail = Tail.fit([1, 1, 1, 2, 3]);
    expect(tail.surprise(30)).toBeGreaterThan(tail.surprise(10));
    expect(tail.surprise(10)).toBeGreaterThan(tail.surprise(3));
    expect(Tail.fit([5, 5, 5]).surprise(6)).toBeGreaterThan(0);
    expect(Tail.fit([]).surprise(6)).toBe(0);
  });
});
