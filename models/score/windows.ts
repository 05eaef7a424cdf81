/** A stretch of one entity's stream that the model reads at once. */
export interface Window {
  /** First token read. */
  start: number;
  /** One past the last token read. */
  end: number;
  /** Tokens from here on are scored; those before are context. */
  scoreFrom: number;
}

/**
 * Covers tokens `from <= i < length` with windows of at most `context` tokens, so that each token is scored once with, where
 * there is that much, at least half a context before it. Windows start at events, as in training, and end at events, unless
 * an event alone is longer than that.
 *
 * @param starts token index at which each event starts, ascending
 */
export function planWindows(starts: readonly number[], from: number, length: number, context: number): Window[] {
  const windows: Window[] = [];
  const half = context >> 1;
  let scoreFrom = from;
  while (scoreFrom < length) {
    const earliest = Math.max(0, scoreFrom - half);
    const aligned = starts[firstAtLeast(starts, earliest)];
    const start = aligned !== undefined && aligned <= scoreFrom ? aligned : earliest;
    let end = Math.min(length, start + context);
    if (end < length) {
      const eventStart = starts[firstAtLeast(starts, end + 1) - 1];
      if (eventStart !== undefined && eventStart > scoreFrom) end = eventStart;
    }
    windows.push({ start, end, scoreFrom });
    scoreFrom = end;
  }
  return windows;
}

/** Index of the first element that is at least `value`; the length if there is none. */
export function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
