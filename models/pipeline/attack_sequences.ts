import type { PreparedEvent } from '../codec/types';

/** Labelled events of one entity that lie further apart belong to two attacks, ms. */
const APART = 3 * 3_600_000;
/** Lengths that a card lists per technique. */
const LISTED = 200;

/** How many events an attack has: runs of one technique's events within an entity's stream. */
export class AttackSequences {
  private readonly found = new Map<string, number[]>();

  add(stream: readonly PreparedEvent[]): void {
    const open = new Map<string, { last: number; events: number }>();
    for (const { technique, time } of stream) {
      if (technique === undefined) continue;
      const run = open.get(technique);
      if (run && time - run.last <= APART) {
        run.last = time;
        run.events++;
      } else {
        if (run) this.close(technique, run.events);
        open.set(technique, { last: time, events: 1 });
      }
    }
    for (const [technique, { events }] of open) this.close(technique, events);
  }

  /** By technique, ascending; of more than the card lists, evenly many. */
  lengths(): Record<string, number[]> {
    return Object.fromEntries(
      [...this.found].map(([technique, lengths]) => {
        const sorted = [...lengths].sort((x, y) => x - y);
        const kept = sorted.length <= LISTED ? sorted : Array.from({ length: LISTED }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / LISTED)]);
        return [technique, kept];
      })
    );
  }

  private close(technique: string, events: number): void {
    const lengths = this.found.get(technique);
    if (lengths) lengths.push(events);
    else this.found.set(technique, [events]);
  }
}
