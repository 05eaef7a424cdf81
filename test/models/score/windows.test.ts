import fc from 'fast-check';
import { firstAtLeast, planWindows } from '../../../models/score/windows';

/** Event lengths, the events already scored, and the context. */
const streams = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 }),
  old: fc.nat(20),
  context: fc.integer({ min: 8, max: 64 }).map((n) => n * 2),
});

describe('planWindows', () => {
  it('scores every new token once, in windows no longer than the context, with half a context before it where there is one', () => {
    fc.assert(
      fc.property(streams, ({ lengths, old, context }) => {
        const starts: number[] = [];
        let length = 0;
        for (const n of lengths) {
          starts.push(length);
          length += n;
        }
        const from = starts[Math.min(old, starts.length - 1)];
        let next = from;
        for (const window of planWindows(starts, from, length, context)) {
          expect(window.scoreFrom).toBe(next);
          expect(window.start).toBeLessThanOrEqual(window.scoreFrom);
          expect(window.end).toBeGreaterThan(window.scoreFrom);
          expect(window.end - window.start).toBeLessThanOrEqual(context);
          // Aligned to events, the window may lose at most the event that the half context begins in.
          const earliest = Math.max(0, window.scoreFrom - context / 2);
          const aligned = starts[firstAtLeast(starts, earliest)];
          expect(window.start).toBe(aligned !== undefined && aligned <= window.scoreFrom ? aligned : earliest);
          next = window.end;
        }
        expect(next).toBe(length);
      })
    );
  });

  it('ends windows between events', () => {
    expect(planWindows([0, 10, 20, 30], 0, 40, 32)).toEqual([
      { start: 0, end: 30, scoreFrom: 0 },
      { start: 20, end: 40, scoreFrom: 30 },
    ]);
  });
});
