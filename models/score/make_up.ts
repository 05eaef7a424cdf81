import type { Codec } from '../codec/types';
import { EventKinds, withoutEnd, type EventKindsJson, type KindedEvent } from './event_kinds';

/** Different make-ups kept, the most frequent. */
const MOST_KEPT = 4000;
/** Costs of steps kept for each kind; a larger step costs what the last does. */
const MOST_STEPS = 64;

/** Where a session has more or fewer events of a kind than the learned one that it is nearest to. */
export interface Difference {
  /** The kind as a person would read it. */
  event: string;
  count: number;
  typical: number;
  /** nats */
  surprisal: number;
}

export interface MakeUpJson {
  kinds: EventKindsJson;
  /** Sessions learned from. */
  sessions: number;
  names: Array<{ kind: string; text: string; costs: number[] }>;
  /** Pairs of kind (its place above) and count. */
  known: number[][];
}

/**
 * What sessions consist of, in whatever order: how many events of each kind. How far a session is from the nearest that was learned is the sum
 * over the kinds whose counts differ, each by how rarely sessions that are equal in all other kinds differ so much in this one: one more read of
 * a file is nothing, one deletion less than all others had is.
 */
export class MakeUp {
  private readonly places = new Map<string, number>();
  private readonly nearest = new Map<string, ReadonlyMap<number, number>>();

  private constructor(
    private readonly kinds: EventKinds,
    private readonly sessions: number,
    private readonly names: MakeUpJson['names'],
    private readonly known: ReadonlyArray<ReadonlyMap<number, number>>
  ) {
    names.forEach(({ kind }, place) => this.places.set(kind, place));
  }

  /** Learns from whole sessions. */
  static learn(codec: Codec, sessions: ReadonlyArray<readonly KindedEvent[]>): MakeUp {
    const events = sessions.map(withoutEnd);
    const kinds = EventKinds.learn(codec, events);
    const places = new Map<string, number>();
    const texts: string[] = [];
    const counted = new Map<string, { counts: Map<number, number>; sessions: number }>();
    for (const session of events) {
      const counts = new Map<number, number>();
      for (const event of session) {
        const kind = kinds.kindOf(event);
        let place = places.get(kind);
        if (place === undefined) {
          places.set(kind, (place = places.size));
          texts.push(kinds.describe(event, codec));
        }
        counts.set(place, (counts.get(place) ?? 0) + 1);
      }
      const key = keyOf(counts);
      const same = counted.get(key);
      if (same) same.sessions++;
      else counted.set(key, { counts, sessions: 1 });
    }
    const ranked = [...counted.values()].sort((a, b) => b.sessions - a.sessions).slice(0, MOST_KEPT);
    const names = [...places.keys()].map((kind, place) => ({ kind, text: texts[place], costs: costsOf(place, ranked) }));
    return new MakeUp(kinds, sessions.length, names, ranked.map(({ counts }) => counts));
  }

  /** How far a whole session is from the nearest that was learned, nats; and in what, the largest difference first. */
  compare(session: readonly KindedEvent[], codec: Codec): { distance: number; differences: Difference[] } {
    const counts = new Map<number, number>();
    const unseen = new Map<string, { event: KindedEvent; count: number }>();
    for (const event of withoutEnd(session)) {
      const kind = this.kinds.kindOf(event);
      const place = this.places.get(kind);
      if (place !== undefined) counts.set(place, (counts.get(place) ?? 0) + 1);
      else unseen.set(kind, { event, count: (unseen.get(kind)?.count ?? 0) + 1 });
    }
    const nearest = this.nearestTo(counts);
    const differences: Difference[] = [...unseen.values()].map(({ event, count }) => ({ event: this.kinds.describe(event, codec, true), count, typical: 0, surprisal: this.never }));
    for (const place of new Set([...counts.keys(), ...nearest.keys()])) {
      const [count, typical] = [counts.get(place) ?? 0, nearest.get(place) ?? 0];
      if (count !== typical) differences.push({ event: this.names[place].text, count, typical, surprisal: this.cost(place, count - typical) });
    }
    differences.sort((a, b) => b.surprisal - a.surprisal || (a.event < b.event ? -1 : 1));
    return { distance: differences.reduce((sum, { surprisal }) => sum + surprisal, 0), differences };
  }

  toJSON(): MakeUpJson {
    return { kinds: this.kinds.toJSON(), sessions: this.sessions, names: this.names, known: this.known.map((counts) => [...counts].flat()) };
  }

  static fromJSON({ kinds, sessions, names, known }: MakeUpJson): MakeUp {
    const pairs = (flat: readonly number[]) => new Map(Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]));
    return new MakeUp(EventKinds.fromJSON(kinds), sessions, names, known.map(pairs));
  }

  /** What a thing costs that no session had (Krichevsky and Trofimov). */
  private get never(): number {
    return -Math.log(0.5 / (this.sessions + 1));
  }

  private cost(place: number, difference: number): number {
    const { costs } = this.names[place];
    return costs[Math.min(Math.abs(difference), costs.length - 1)];
  }

  private nearestTo(counts: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
    const key = keyOf(counts);
    const before = this.nearest.get(key);
    if (before) return before;
    let best: ReadonlyMap<number, number> = new Map();
    let least = Infinity;
    for (const known of this.known) {
      let distance = 0;
      for (const [place, count] of counts) {
        distance += this.cost(place, count - (known.get(place) ?? 0));
        if (distance >= least) break;
      }
      for (const [place, count] of known) if (distance < least && !counts.has(place)) distance += this.cost(place, count);
      if (distance < least) [best, least] = [known, distance];
    }
    if (this.nearest.size >= MOST_KEPT) this.nearest.clear();
    this.nearest.set(key, best);
    return best;
  }
}

const keyOf = (counts: ReadonlyMap<number, number>): string => [...counts].sort((a, b) => a[0] - b[0]).join(' ');

/**
 * By difference, -ln of how often two sessions that are equal in all other kinds differ at least so much in this one: each session beside the
 * others like it.
 */
function costsOf(place: number, known: ReadonlyArray<{ counts: ReadonlyMap<number, number>; sessions: number }>): number[] {
  const groups = new Map<string, Map<number, number>>();
  for (const { counts, sessions } of known) {
    const others = new Map(counts);
    others.delete(place);
    const key = keyOf(others);
    const group = groups.get(key) ?? groups.set(key, new Map()).get(key)!;
    const count = counts.get(place) ?? 0;
    group.set(count, (group.get(count) ?? 0) + sessions);
  }
  const steps: number[] = [0];
  let asked = 0;
  for (const group of groups.values()) {
    const size = [...group.values()].reduce((sum, sessions) => sum + sessions, 0);
    if (size < 2) continue;
    asked += size;
    for (const [count, sessions] of group) {
      for (const [other, more] of group) {
        if (other === count) continue;
        const step = Math.min(Math.abs(count - other), MOST_STEPS);
        steps[step] = (steps[step] ?? 0) + (sessions * more) / (size - 1);
      }
    }
  }
  const costs = new Array<number>(steps.length + 1).fill(0);
  let atLeast = 0;
  for (let step = steps.length; step >= 1; step--) {
    atLeast += steps[step] ?? 0;
    costs[step] = Number((-Math.log((atLeast + 0.5) / (asked + 1))).toPrecision(5));
  }
  return costs;
}
