import { visitLeaves } from '../../models/score';
import type { DetectionTask } from './organisation';

/** A value that no normal event has, and so many different attacks have. */
export interface Telltale {
  field: string;
  value: string;
  attacks: number;
}

/**
 * Values that might give the label away: had by several attacks and by nothing normal. A new country or a refusal is what attacks are like; a tool's
 * name or a lab's role would be an artefact, to be masked for all detectors alike. To be looked at by a person.
 */
export function telltales({ train, test }: DetectionTask, attacks: number): Telltale[] {
  const normal = new Set<string>();
  const found = new Map<string, Set<string>>();
  const keys = ({ hit }: DetectionTask['test'][number], visit: (key: string) => void) => visitLeaves(hit._source, (path, text) => visit(JSON.stringify([path, text])));
  for (const event of [...train, ...test]) if (!event.attack) keys(event, (key) => normal.add(key));
  for (const event of test) {
    const { attack } = event;
    if (attack) keys(event, (key) => normal.has(key) || (found.get(key) ?? found.set(key, new Set()).get(key)!).add(attack.id));
  }
  return [...found]
    .filter(([, ids]) => ids.size >= attacks)
    .map(([key, ids]) => {
      const [field, value] = JSON.parse(key) as [string, string];
      return { field, value, attacks: ids.size };
    })
    .sort((a, b) => b.attacks - a.attacks || a.field.localeCompare(b.field));
}
