/** A stretch of one entity's stream that the model reads at once. */
export interface Window {
  /** First token read. */
  start: number;
  /** One past the last token read. */
  end: number;
  /** Tokens from here on are scored; those before are context. */
  scoreFrom: number;
}

/** A new window begins so many of the context's tokens before what it scores. More tell the model nothing more, and are read again. */
const OVERLAP = 1 / 4;

/**
 * Covers tokens `from <= i < length` with windows of at most `context` tokens, so that each token is scored once. An event goes into
 * the window that is open, or, where it does not fit, into a new one that begins a quarter of the context before it. So what a token is
 * read with depends on its stream alone, not on how the stream was cut into requests. Windows start at events, as in training, and end
 * at events, unless an event alone is longer than that.
 *
 * @param starts token index at which each event starts, ascending
 * @param open where the window that the token before `from` was scored in starts
 * @returns the windows, and where the last one starts: tokens before it are needed no more
 */
export function planWindows(starts: readonly number[], from: number, length: number, context: number, open: number): { windows: Window[]; open: number } {
  const windows: Window[] = [];
  const overlap = Math.floor(context * OVERLAP);
  let start = open;
  let scoreFrom = from;
  for (let i = firstAtLeast(starts, from); i < starts.length; i++) {
    const begin = starts[i];
    const end = starts[i + 1] ?? length;
    if (end - start <= context) continue;
    if (begin > scoreFrom) windows.push({ start, end: begin, scoreFrom });
    scoreFrom = begin;
    start = starts[firstAtLeast(starts, Math.max(start, begin - overlap))];
    while (end - start > context) {
      windows.push({ start, end: start + context, scoreFrom });
      scoreFrom = start + context;
      start = scoreFrom - overlap;
    }
  }
  if (scoreFrom < length) windows.push({ start, end: length, scoreFrom });
  return { windows, open: start };
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
