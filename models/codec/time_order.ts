import type { ValueContext } from './grammar';
import { parseTime } from './kinds/time_format';
import type { Leaf } from './leaf';
import type { Field } from './field';

/**
 * Bounds (ms) of a time that must stand in its order to those before it in the event, on top of bounds that it has already. Where its bins
 * leave no room for the order, it is let go.
 */
export function boundsInOrder({ spec, rich }: Field, leaves: readonly Leaf[], context: ValueContext): ValueContext['within'] {
  const { within } = context;
  if (!spec.timeOrder || rich?.mask === undefined) return within;
  const timesOf = (fields: readonly number[]): number[] => fields.flatMap((a) => parseTime(leaves[a])?.time ?? []);
  const ordered = { lo: Math.max(within?.lo ?? -Infinity, ...timesOf(spec.timeOrder.notBefore)), hi: Math.min(within?.hi ?? Infinity, ...timesOf(spec.timeOrder.notAfter)) };
  return ordered.lo <= ordered.hi && rich.mask({ ...context, within: ordered })?.includes(1) ? ordered : within;
}
