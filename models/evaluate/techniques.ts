import { getPath } from '../../common';
import type { Report } from '../../common';
import type { PreparedEvent } from '../codec/types';
import type { Source } from './corpus';
import { countValues, totalVariation } from './distances';
import { ACTION_PATHS, OUTCOME_PATHS } from './roles';

/** Events of a technique kept per source. */
const MAX_EVENTS = 5_000;
/** With fewer real events a distribution says nothing. */
const MIN_EVENTS = 10;

/** Labelled events, apart from the normal ones: too few to compare as streams, and told to come. */
export class Techniques {
  private readonly found = new Map<string, Record<Source, string[]>>();

  add(source: Source, technique: string, event: PreparedEvent): void {
    const known = this.found.get(technique) ?? this.found.set(technique, { train: [], heldout: [], synthetic: [] }).get(technique)!;
    if (known[source].length < MAX_EVENTS) known[source].push(actionOf(event));
  }

  /** Ids of techniques among the real events, the most frequent first. */
  ids(): string[] {
    const real = ({ train, heldout }: Record<Source, string[]>) => train.length + heldout.length;
    return [...this.found].sort((a, b) => real(b[1]) - real(a[1]) || (a[0] < b[0] ? -1 : 1)).map(([id]) => id);
  }

  report(): Report['techniques'] {
    return this.ids().map((id) => {
      const { train, heldout, synthetic } = this.found.get(id)!;
      const distance = (a: string[], b: string[]) => (a.length < MIN_EVENTS || b.length < MIN_EVENTS ? null : totalVariation(countValues(a), countValues(b)));
      return {
        id,
        events: { train: train.length, heldout: heldout.length, synthetic: synthetic.length },
        actions: distance(synthetic, [...train, ...heldout]),
        actions_floor: distance(train, heldout),
      };
    });
  }
}

function actionOf({ logType, event }: PreparedEvent): string {
  const first = (paths: readonly string[]) => paths.map((path) => getPath(event, path)).find((value) => value !== undefined && value !== null);
  return [logType, first(ACTION_PATHS), first(OUTCOME_PATHS)].join(' / ');
}
