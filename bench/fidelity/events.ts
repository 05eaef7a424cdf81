import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LyrebirdError, type LogHit } from '../../common';
import { sampleHits } from '../sample';
import type { Settings } from './settings';

/** ISO 8601; `to` is excluded. */
export interface Period {
  from: string;
  to: string;
}

/** One set of events for all: `train` is learned from, `heldout` is seen by the judge alone. */
export interface Events {
  train: LogHit[];
  heldout: LogHit[];
  period: Period;
}

const DAY = 86_400_000;
const END = new Date('2026-11-21T00:00:00Z');
/** Events of an account and day, about; a few days more are simulated than that asks for. */
const RATE = 15;

/** The sample organisation without attacks: what is compared is everyday events. */
export function eventsOf({ users, events, heldoutDays, seed }: Settings): Events {
  const days = Math.ceil(events / (users * RATE)) + 7;
  const hits = sampleHits({ users, days, seed, end: END, attacks: 0 }).slice(-events);
  const from = new Date(END.getTime() - heldoutDays * DAY).toISOString();
  const split = hits.findIndex(({ _source }) => String(_source['@timestamp']) >= from);
  if (split <= 0) throw new LyrebirdError('LYREBIRD_TOO_FEW_EVENTS', `${hits.length} events of ${users} accounts do not reach back further than ${heldoutDays} days.`, 'Ask for more events, or for fewer held-out days.');
  return { train: hits.slice(0, split), heldout: hits.slice(split), period: { from, to: END.toISOString() } };
}

/** A line of `synthetic.ndjson`: whom the contender was asked to write as, where it was asked, and the event. */
export interface Written {
  entity?: string;
  hit: LogHit;
}

export const writtenFile = (folder: string) => path.join(folder, 'synthetic.ndjson');

export async function writeLines(file: string, values: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  async function* lines() {
    for await (const value of values) yield `${JSON.stringify(value)}\n`;
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
}
