import type { Period } from './events';

/** Same for all contenders of a run. */
export interface Settings {
  users: number;
  /** Training and held-out events together, at most: the newest. */
  events: number;
  heldoutDays: number;
  /** Training time of each. */
  minutes: number;
  /** Writing time of each, at most. */
  writingMinutes: number;
  seed: number;
}

/** What a contender is given. */
export interface Task {
  settings: Settings;
  /** The stretch to write: that of the held-out events. */
  period: Period;
  /** Where it leaves what it makes. */
  folder: string;
}

/** What a contender has made; its events are in `<folder>/synthetic.ndjson`. */
export interface Made {
  parameters: number;
  training_seconds: number;
  /** Optimiser steps. */
  steps: number;
  /** What an event is to the model. */
  per_event: number;
  unit: 'tokens' | 'characters' | 'cells';
  writing_seconds: number;
  generated: number;
  /** Texts that are no event. */
  malformed: number;
  /** False when the time was up before all was written. */
  complete: boolean;
  /** Library and release, of contenders that are not Lyrebird's. */
  version?: string;
}

/** A contender's column: what it made, or why there is nothing. */
export type Attempt = { made: Made } | { missing: string };
