/**
 * Share of lines whose group is right: exactly the lines of one true group, no more and no fewer (grouping accuracy; Zhu et al., Tools and
 * Benchmarks for Automated Log Parsing, ICSE-SEIP 2019). `found[i]` and `truth[i]` name the groups of line i. NaN without lines.
 */
export function groupingAccuracy(found: readonly unknown[], truth: readonly unknown[]): number {
  const sizes = new Map<unknown, number>();
  for (const name of truth) sizes.set(name, (sizes.get(name) ?? 0) + 1);
  const groups = new Map<unknown, Map<unknown, number>>();
  found.forEach((name, i) => {
    const within = groups.get(name) ?? groups.set(name, new Map()).get(name)!;
    within.set(truth[i], (within.get(truth[i]) ?? 0) + 1);
  });
  let right = 0;
  for (const within of groups.values()) {
    if (within.size !== 1) continue;
    const [[name, count]] = within;
    if (count === sizes.get(name)) right += count;
  }
  return right / found.length;
}
