import { getPath, parseTime, type LogHit } from '../../common';

/** Events held back to be put in order: memory is bounded by this many events, however long the files are. */
export const WINDOW_EVENTS = 100_000;

/**
 * Puts events into time order within a sliding window: an event is passed on when `window` younger or unread ones stand
 * behind it. One that comes later than that is passed on at once and counted by `onLate`. Events without a time keep
 * the time of the one before them. A binary heap: O(log window) an event.
 */
export async function* inTimeOrder(hits: AsyncIterable<LogHit>, timeField: string, onLate: () => void, window = WINDOW_EVENTS): AsyncGenerator<LogHit> {
  interface Entry {
    time: number;
    order: number;
    hit: LogHit;
  }
  const heap: Entry[] = [];
  const before = (a: Entry, b: Entry) => a.time < b.time || (a.time === b.time && a.order < b.order);
  const push = (entry: Entry) => {
    let at = heap.push(entry) - 1;
    for (let up = (at - 1) >> 1; at > 0 && before(heap[at], heap[up]); at = up, up = (at - 1) >> 1) {
      [heap[at], heap[up]] = [heap[up], heap[at]];
    }
  };
  const pop = (): Entry => {
    const least = heap[0];
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      for (let at = 0; ; ) {
        let least = at;
        for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && before(heap[child], heap[least])) least = child;
        if (least === at) break;
        [heap[at], heap[least]] = [heap[least], heap[at]];
        at = least;
      }
    }
    return least;
  };

  let order = 0;
  let previous = -Infinity;
  let passed = -Infinity;
  for await (const hit of hits) {
    const time = parseTime(getPath(hit._source, timeField)) ?? previous;
    previous = time;
    if (time < passed) onLate();
    push({ time, order: order++, hit });
    if (heap.length <= window) continue;
    const entry = pop();
    passed = Math.max(passed, entry.time);
    yield entry.hit;
  }
  while (heap.length > 0) yield pop().hit;
}
