import type { PredictorSpec } from '../spec';

/** A field's values by row, in time order; -1 where absent. */
export interface MemoryColumn {
  a: number;
  values: Int32Array;
}

const MAX_VIOLATIONS = 0.001;
/** Share of rows that a rule must tell. */
const LEAST_PREDICTED = 0.05;
/** Different values of the target that it must have told, or it is no more than a constant. */
const LEAST_VALUES = 10;

/**
 * Finds an id that the target hangs on within a stream: as long as the session is the same, so is the time that it began. Such values are never
 * seen again elsewhere, so no table can hold them. Each row is only predicted from rows before it, which proves the rule in time.
 */
export function findMemory(target: Int32Array, sources: readonly MemoryColumn[], entity: Int32Array): { spec: PredictorSpec; settled: Int32Array } | undefined {
  let best: { a: number; open: number[]; predicted: number } | undefined;
  for (const { a, values } of sources) {
    const memory = new Map<number, Map<number, number>>();
    const open: number[] = [];
    const told = new Set<number>();
    let predicted = 0;
    let wrong = 0;
    for (let row = 0; row < target.length; row++) {
      if (values[row] < 0) {
        open.push(row);
        continue;
      }
      let own = memory.get(entity[row]);
      if (!own) memory.set(entity[row], (own = new Map()));
      const before = own.get(values[row]);
      if (before === undefined) {
        open.push(row);
      } else {
        predicted++;
        told.add(before);
        if (before !== target[row]) wrong++;
      }
      // Absence is not remembered: it is for other rules to tell.
      if (target[row] >= 0) own.set(values[row], target[row]);
    }
    const holds = wrong <= MAX_VIOLATIONS * predicted && predicted >= LEAST_PREDICTED * target.length && told.size >= LEAST_VALUES;
    if (holds && (!best || predicted > best.predicted)) best = { a, open, predicted };
  }
  return best && { spec: { rule: 'memory', a: best.a }, settled: Int32Array.from(best.open) };
}
