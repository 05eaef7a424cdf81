import type { Period } from './periods';

const HOUR = 3_600_000;
/** Training events kept for each held-out one, at most. */
const TRAIN_SHARE = 8;

/** Counts of a first reading, from which is chosen what is looked at. */
export class Survey {
  readonly heldout = new Map<string, number>();
  readonly train = new Map<string, number>();
  private readonly spans = { train: { from: Infinity, to: -Infinity }, heldout: { from: Infinity, to: -Infinity } };

  add(source: 'train' | 'heldout', entity: string, time: number): void {
    const counts = this[source];
    counts.set(entity, (counts.get(entity) ?? 0) + 1);
    const span = this.spans[source];
    span.from = Math.min(span.from, time);
    span.to = Math.max(span.to, time);
  }

  /**
   * Which entities and which times are looked at, so that about `maxEvents` held-out events are: all of an entity's events
   * or none, since half a stream has another rhythm; of fewer entities, drawn by the seed; of too large ones a shorter time.
   */
  choose(maxEvents: number, seed: number, cutoff?: number): { entities: Set<string>; all: number; train: Period; heldout: Period } {
    const names = [...new Set([...this.heldout.keys(), ...this.train.keys()])].sort((a, b) => hash(a, seed) - hash(b, seed) || (a < b ? -1 : 1));
    const entities = new Set<string>();
    let [held, trained] = [0, 0];
    for (const name of names) {
      if (held >= maxEvents) break;
      entities.add(name);
      held += this.heldout.get(name) ?? 0;
      trained += this.train.get(name) ?? 0;
    }
    const heldout = { from: cutoff ?? this.spans.heldout.from, to: this.spans.heldout.to + 1 };
    if (held > 2 * maxEvents) heldout.to = heldout.from + Math.ceil(((heldout.to - heldout.from) * maxEvents) / held / HOUR) * HOUR;
    const train = { from: this.spans.train.from, to: Math.min(this.spans.train.to + 1, heldout.from) };
    const most = TRAIN_SHARE * maxEvents;
    if (trained > most) train.from = train.to - ((train.to - train.from) * most) / trained;
    return { entities, all: names.length, train, heldout };
  }
}

/** FNV-1a of the seed and the name. */
function hash(name: string, seed: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
