import { quantileSorted } from 'simple-statistics';
import type { AugmentFigures } from '../../common';

/** A held-out event, and its scores under both models. */
export interface Compared {
  entity: string;
  before: number;
  after: number;
  /** The attack that it is of. */
  attack?: string;
}

const HIGH = 99;
const RATES = { one_in_100: 0.01, one_in_1000: 0.001 } as const;

/** Counts at the same thresholds before and after; those that come of a rate are of all normal events under the base. */
export function compare(all: readonly Compared[], isChosen: (entity: string) => boolean): { chosen: AugmentFigures; all: AugmentFigures } {
  const normal = all.filter(({ attack }) => attack === undefined).map(({ before }) => before).sort((a, b) => a - b);
  const limitOf = (rate: number) => (normal.length === 0 ? Infinity : quantileSorted(normal, 1 - rate));
  const thresholds = [
    // As a threshold that is exceeded: 99 itself is high.
    { name: 'score_99' as const, threshold: HIGH, reports: (score: number) => score >= HIGH },
    ...(['one_in_100', 'one_in_1000'] as const).map((name) => {
      const threshold = limitOf(RATES[name]);
      return { name, threshold, reports: (score: number) => score > threshold };
    }),
  ].filter(({ threshold }) => Number.isFinite(threshold));
  // The two models need not be equally strict: what the same threshold reports does not tell which knows more.
  const found = all.filter(({ attack }) => attack !== undefined).map(({ after }) => after).sort((a, b) => b - a);
  const asMany = thresholds.map(({ reports }) => found[all.filter(({ attack, before }) => attack !== undefined && reports(before)).length - 1] as number | undefined);
  const figuresOf = (events: readonly Compared[]): AugmentFigures => {
    const attacked = events.filter(({ attack }) => attack !== undefined);
    const counts = (some: readonly Compared[], count: (some: readonly Compared[]) => number, reports: (score: number) => boolean) => ({
      before: count(some.filter(({ before }) => reports(before))),
      after: count(some.filter(({ after }) => reports(after))),
    });
    const size = (some: readonly Compared[]) => some.length;
    const attacks = (some: readonly Compared[]) => new Set(some.map(({ attack }) => attack)).size;
    const quiet = events.filter(({ attack }) => attack === undefined);
    return {
      normal: quiet.length,
      attack_events: attacked.length,
      attacks: attacks(attacked),
      at: thresholds.map(({ name, threshold, reports }, i) => ({
        name,
        threshold,
        false_positives: counts(quiet, size, reports),
        attack_events: counts(attacked, size, reports),
        attacks: counts(attacked, attacks, reports),
        ...(asMany[i] !== undefined && { as_many_found: { threshold: asMany[i], false_positives: quiet.filter(({ after }) => after >= asMany[i]!).length } }),
      })),
    };
  };
  return { chosen: figuresOf(all.filter(({ entity }) => isChosen(entity))), all: figuresOf(all) };
}
