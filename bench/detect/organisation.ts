import type { LogHit } from '../../common';
import { indexOf, periodOf, simulate } from '../../simulator';

/** An event, and what it is in truth. */
export interface TrueEvent {
  hit: LogHit;
  entity: string;
  /** ms */
  time: number;
  /** Absent for what is normal. */
  attack?: { id: string; technique: string };
}

/** One set of events for all detectors; no document says what is an attack. */
export interface DetectionTask {
  /** Where an event says whose it is; found by training where absent. */
  entityFields?: string[];
  /** Normal events before the first attack. */
  train: TrueEvent[];
  /** Everything from there on, in time order. */
  test: TrueEvent[];
}

export interface OrganisationOptions {
  users: number;
  days: number;
  seed: number;
}

const END = new Date('2026-11-21T00:00:00Z');
/** Share of the period that is learned from; the sample's attacks come later. */
const TRAIN_SHARE = 0.8;

/** The sample organisation: learned at peace (its announced exercises left out), judged while it is attacked. */
export function detectionTask({ users, days, seed }: OrganisationOptions): DetectionTask {
  const options = { users, days, seed, end: END };
  const { start, end } = periodOf(options);
  const from = start + TRAIN_SHARE * (end - start);
  const task: DetectionTask = { train: [], test: [] };
  for (const { _id, dataset, timestamp, entity, _source, label } of simulate(options)) {
    if (label?.phase === 'exercise') continue;
    const time = Date.parse(timestamp);
    const event: TrueEvent = { hit: { _id, _index: indexOf(dataset), _source }, entity, time };
    if (label) event.attack = { id: label.attack_id, technique: label.technique };
    task[time < from ? 'train' : 'test'].push(event);
  }
  return task;
}
