import type { PreparedEvent } from '../codec/types';

/** Labelled events of one entity that are further apart belong to two attacks, ms. */
const PAUSE = 6 * 60 * 60 * 1000;
/** Lengths that a card lists per technique. */
const LISTED = 200;

/** An attack in an entity's stream: from its first labelled event to its last, with what the entity did meanwhile. */
export interface Sequence {
  technique: string;
  /** Of the first event, ms. */
  time: number;
  /** Events of the stream, `from <= i < to`. */
  from: number;
  to: number;
  /** Labelled ones among them. */
  events: number;
}

/** The attacks of one stream (events in time order), by their first events. Attacks of two techniques may overlap. */
export function sequencesOf(stream: readonly PreparedEvent[]): Sequence[] {
  const found: Sequence[] = [];
  const open = new Map<string, Sequence>();
  stream.forEach(({ technique, time }, i) => {
    if (technique === undefined) return;
    const current = open.get(technique);
    if (current && time - stream[current.to - 1].time <= PAUSE) {
      current.to = i + 1;
      current.events += 1;
      return;
    }
    const sequence: Sequence = { technique, time, from: i, to: i + 1, events: 1 };
    open.set(technique, sequence);
    found.push(sequence);
  });
  return found;
}

/** One attack in so many is learned without its end being known, since generation does not always know it. */
const UNKNOWN_END = 5;
export const isEndKnown = (sequence: number): boolean => sequence % UNKNOWN_END !== UNKNOWN_END - 1;

/** By labelled event, how many its attack has left, itself among them. */
export function leftInAttacks(stream: readonly PreparedEvent[], sequences: readonly Sequence[]): Map<PreparedEvent, number> {
  const left = new Map<PreparedEvent, number>();
  for (const { technique, from, to, events } of sequences) {
    let rest = events;
    for (const event of stream.slice(from, to)) if (event.technique === technique) left.set(event, rest--);
  }
  return left;
}

/**
 * The time from which on a technique's sequences are held out: the newest `share` of them, at least one of two or more. Infinity
 * when there is but one.
 */
export function heldoutFrom(times: readonly number[], share: number): number {
  if (times.length < 2) return Infinity;
  const sorted = [...times].sort((a, b) => a - b);
  const count = Math.max(1, Math.min(sorted.length - 1, Math.round(share * sorted.length)));
  const at = sorted[sorted.length - count];
  // All at one moment: nothing tells them apart.
  return at > sorted[0] ? at : Infinity;
}

/** How many events the attacks of each technique have. */
export class SequenceLengths {
  private readonly found = new Map<string, number[]>();

  add(sequences: readonly Sequence[]): void {
    for (const { technique, events } of sequences) {
      const lengths = this.found.get(technique);
      if (lengths) lengths.push(events);
      else this.found.set(technique, [events]);
    }
  }

  /** By technique, ascending; of more than the card lists, evenly many. */
  listed(): Record<string, number[]> {
    return Object.fromEntries([...this.found].map(([technique, lengths]) => [technique, listedLengths(lengths)]));
  }
}

/** Lengths of attacks as a card lists them. */
export function listedLengths(lengths: readonly number[]): number[] {
  const sorted = [...lengths].sort((x, y) => x - y);
  return sorted.length <= LISTED ? sorted : Array.from({ length: LISTED }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / LISTED)]);
}
