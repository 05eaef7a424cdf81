const UNITS: ReadonlyArray<readonly [number, string]> = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

/** A length of time, ms, as a person would say it: `3.5 h`. */
export function duration(ms: number): string {
  for (const [size, unit] of UNITS) if (Math.abs(ms) >= size) return `${Number((ms / size).toPrecision(3))} ${unit}`;
  return `${Number(ms.toPrecision(3))} ms`;
}
