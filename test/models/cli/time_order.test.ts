import fc from 'fast-check';
import type { LogHit } from '../../../common';
import { inTimeOrder } from '../../../models/cli/time_order';

const hit = (ms: number | undefined, n: number): LogHit => ({ _id: String(n), _source: ms === undefined ? {} : { '@timestamp': new Date(ms).toISOString() } });

async function ordered(times: Array<number | undefined>, window?: number): Promise<{ ids: number[]; late: number }> {
  async function* hits() {
    yield* times.map(hit);
  }
  const ids: number[] = [];
  let late = 0;
  for await (const { _id } of inTimeOrder(hits(), '@timestamp', () => (late += 1), window)) ids.push(Number(_id));
  return { ids, late };
}

test('is a stable sort while the window holds all', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), async (times) => {
      const sorted = times.map((time, n) => ({ time, n })).sort((a, b) => a.time - b.time || a.n - b.n);
      expect(await ordered(times)).toEqual({ ids: sorted.map(({ n }) => n), late: 0 });
    })
  );
});

test('whatever the window, every event comes once, and those that are not late come in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), async (times, window) => {
      const { ids, late } = await ordered(times, window);
      expect([...ids].sort((a, b) => a - b)).toEqual(times.map((_, n) => n));
      let latest = -Infinity;
      let backwards = 0;
      for (const id of ids) {
        if (times[id] < latest) backwards += 1;
        latest = Math.max(latest, times[id]);
      }
      expect(late).toBe(backwards);
    })
  );
});

test('an event without a time stays behind the one before it; one beyond the window is counted', async () => {
  expect(await ordered([5, undefined, 3])).toEqual({ ids: [2, 0, 1], late: 0 });
  expect(await ordered([5, 6, 7, 1], 1)).toEqual({ ids: [0, 1, 3, 2], late: 1 });
});
