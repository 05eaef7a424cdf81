import fc from 'fast-check';
import { firstAtLeast, planWindows } from '../../../models/score/windows';

/** Event lengths, in how many requests they come, and the context. */
const streams = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 }),
  sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 40 }),
  context: fc.integer({ min: 2, max: 16 }).map((n) => n * 4),
});

function startsOf(lengths: readonly number[]): number[] {
  let length = 0;
  return lengths.map((n) => (length += n) - n);
}

/** Where the window of each token starts, when events come in requests of these sizes. */
function read(lengths: readonly number[], sizes: readonly number[], context: number): number[] {
  const starts = startsOf(lengths);
  const ends = [...starts.slice(1), starts.at(-1)! + lengths.at(-1)!];
  const contextOf: number[] = [];
  let open = 0;
  for (let done = 0, n = 0; done < lengths.length; n++) {
    const upTo = Math.min(lengths.length, done + sizes[n % sizes.length]);
    const plan = planWindows(starts.slice(0, upTo), starts[done], ends[upTo - 1], context, open);
    for (const window of plan.windows) {
      expect(window.scoreFrom).toBe(contextOf.length);
      expect(window.start).toBeLessThanOrEqual(window.scoreFrom);
      expect(window.end).toBeGreaterThan(window.scoreFrom);
      expect(window.end - window.start).toBeLessThanOrEqual(context);
      for (let i = window.scoreFrom; i < window.end; i++) contextOf.push(window.start);
    }
    expect(plan.open).toBeGreaterThanOrEqual(open);
    open = plan.open;
    done = upTo;
  }
  expect(contextOf).toHaveLength(ends.at(-1)!);
  return contextOf;
}

describe('planWindows', () => {
  it('scores every token once, in windows no longer than the context, with the same tokens before it whatever the requests', () => {
    fc.assert(
      fc.property(streams, ({ lengths, sizes, context }) => {
        expect(read(lengths, sizes, context)).toEqual(read(lengths, [lengths.length], context));
      }),
      { numRuns: 40 }
    );
  });

  it('gives a token a quarter of the context before it, where there is that much and an event begins there', () => {
    fc.assert(
      fc.property(streams, ({ lengths, context }) => {
        const starts = startsOf(lengths);
        const overlap = context / 4;
        read(lengths, [lengths.length], context).forEach((start, i) => {
          const event = starts[firstAtLeast(starts, i + 1) - 1];
          // The whole event behind it, if it fits; aligned to events, at most the one in which the quarter begins is lost.
          const aligned = starts[firstAtLeast(starts, Math.max(0, event - overlap))];
          expect(start).toBeLessThanOrEqual(Math.max(aligned, i - overlap));
        });
      }),
      { numRuns: 40 }
    );
  });

  it('ends windows between events', () => {
    expect(planWindows([0, 10, 20, 30], 0, 40, 32, 0)).toEqual({
      windows: [
        { start: 0, end: 30, scoreFrom: 0 },
        { start: 30, end: 40, scoreFrom: 30 },
      ],
      open: 30,
    });
    expect(planWindows([0, 10, 20, 30], 0, 40, 36, 0).windows[1]).toEqual({ start: 30, end: 40, scoreFrom: 30 });
    expect(planWindows([0, 5, 10, 15, 20, 25, 30], 0, 35, 32, 0).windows[1]).toEqual({ start: 25, end: 35, scoreFrom: 30 });
  });
});
