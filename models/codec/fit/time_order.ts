import { parseTime } from '../kinds/time_format';
import type { FieldSpec } from '../spec';
import type { ScannedPath } from './scan';

/** Events with both times, at least, before their order is taken for a rule. */
const LEAST_TOGETHER = 100;

interface TimeColumn {
  spec: FieldSpec;
  scanned: ScannedPath;
  /** Value id by row; -1 where absent. */
  values: Int32Array;
}

/** Notes of each time field which earlier fields' times its own is never before, and never after; `columns` in coding order. */
export function findTimeOrder(columns: readonly TimeColumn[]): void {
  const times = columns.flatMap(({ spec, scanned, values }, b) => {
    if (spec.rich?.kind !== 'time') return [];
    const parsed = scanned.table.values.map((leaf) => parseTime(leaf)?.time ?? NaN);
    return [{ b, spec, bins: spec.rich.bins, at: Float64Array.from(values, (value) => (value < 0 ? NaN : parsed[value])) }];
  });
  times.forEach((later, i) => {
    for (const earlier of times.slice(0, i)) {
      let together = 0;
      let before = 0;
      let after = 0;
      for (let row = 0; row < later.at.length; row++) {
        const difference = later.at[row] - earlier.at[row];
        if (Number.isNaN(difference)) continue;
        together++;
        if (difference < 0) before++;
        if (difference > 0) after++;
      }
      if (together < LEAST_TOGETHER) continue;
      const order = later.spec.timeOrder ?? { notBefore: [], notAfter: [] };
      // Where all bins of the one lie behind those of the other, the order keeps itself.
      if (before === 0 && after > 0 && later.bins.lo[0] < earlier.bins.hi.at(-1)!) order.notBefore.push(earlier.b);
      else if (after === 0 && before > 0 && later.bins.hi.at(-1)! > earlier.bins.lo[0]) order.notAfter.push(earlier.b);
      else continue;
      later.spec.timeOrder = order;
    }
  });
}
