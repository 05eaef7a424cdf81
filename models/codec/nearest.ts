const NEAREST = 5;

/** Closest by edit distance, ignoring case. */
export function nearest(text: string, candidates: readonly string[]): string[] {
  const wanted = text.toLowerCase().slice(0, 100);
  return candidates
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase().slice(0, 100)) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, NEAREST)
    .map(({ candidate }) => candidate);
}

/** Levenshtein distance; a candidate that contains the text is as near as its length differs by little. */
function distance(a: string, b: string): number {
  if (b.includes(a)) return Math.min(1, b.length - a.length);
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return row[b.length];
}
