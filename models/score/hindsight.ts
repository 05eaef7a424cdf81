import type { ScoredEvent } from '../../common';
import type { Calibration, Judgement } from './calibration';
import { decayed } from './statistics';

/** What comes later than this after an event says nothing of it any more, ms. */
export const HINDSIGHT_MS = 1_800_000;
/** Events of one entity, and of all, whose score may still rise. */
const MAX_OF_ENTITY = 500;
export const HINDSIGHT_EVENTS = 50_000;
/** A score that rises by less is left as it is. */
const LEAST_RISE = 0.01;

/** An event whose score has risen, and what it was before. */
export interface Revised {
  event: ScoredEvent;
  previous: number;
}

interface Recent {
  event: ScoredEvent;
  /** ms */
  time: number;
  judgement: Pick<Judgement, 'parts' | 'surprise'>;
  /** What its entity has accumulated from it on, looked at from it. */
  accumulated: number;
  /** Call in which it was scored. */
  call: number;
}

/** Raises the scores of events that turn out to be the beginning of something. */
export class Hindsight {
  private readonly entities = new Map<string, Recent[]>();
  private readonly risen = new Set<Recent>();
  private size = 0;
  private call = 0;

  constructor(private readonly calibration: Calibration) {}

  /** Events in time order; `event` is the object that is changed when its score rises. */
  add(event: ScoredEvent, { parts, surprise, excess, after: { time } }: Judgement): void {
    const known = this.entities.get(event.entity) ?? [];
    const recent = known.filter((one) => one.time >= time - HINDSIGHT_MS).slice(-MAX_OF_ENTITY + 1);
    if (excess > 0) {
      for (const one of recent) {
        one.accumulated += decayed(excess, time - one.time);
        this.risen.add(one);
      }
    }
    recent.push({ event, time, judgement: { parts, surprise }, accumulated: excess, call: this.call });
    this.size += recent.length - known.length;
    // Most recently heard of last.
    this.entities.delete(event.entity);
    this.entities.set(event.entity, recent);
    while (this.size > HINDSIGHT_EVENTS) this.forgetOldest();
  }

  /** Ends a call: what has risen is risen, and events of earlier calls among it are handed over. */
  settle(): Revised[] {
    const revised: Revised[] = [];
    for (const { event, judgement, accumulated, call } of this.risen) {
      const probability = Math.exp(-this.calibration.hindsight(judgement, accumulated));
      const score = 100 * (1 - probability);
      if (score < event.score + LEAST_RISE) continue;
      if (call < this.call) revised.push({ event, previous: event.score });
      event.score = score;
      event.probability = probability;
    }
    this.risen.clear();
    this.call += 1;
    return revised;
  }

  private forgetOldest(): void {
    const [entity, events] = this.entities.entries().next().value!;
    this.entities.delete(entity);
    this.size -= events.length;
  }
}
