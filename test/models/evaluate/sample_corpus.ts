import type { LogEvent, Report } from '../../../common';
import type { PreparedEvent } from '../../../models/codec/types';
import { buildReport } from '../../../models/evaluate/build_report';
import { Corpus } from '../../../models/evaluate/corpus';
import { simulate } from '../../../simulator';

export const DAY = 86_400_000;
export const END = Date.UTC(2026, 2, 2);
/** The last of three weeks is held out. */
export const CUTOFF = END - 7 * DAY;

/** Three weeks of the sample organisation, without its attacks. */
export function sampleEvents(users: number): PreparedEvent[] {
  return [...simulate({ users, days: 21, seed: 4, end: new Date(END) })]
    .filter(({ label }) => label === undefined)
    .map(({ entity, timestamp, dataset, _source }) => ({ entity, time: Date.parse(timestamp), logType: dataset, event: _source }));
}

export function report(real: readonly PreparedEvent[], synthetic: readonly PreparedEvent[], from = CUTOFF): Promise<Report> {
  const corpus = new Corpus();
  for (const event of real) corpus.add(event.time < from ? 'train' : 'heldout', event);
  for (const event of synthetic) corpus.add('synthetic', event);
  return buildReport(corpus, {
    seed: 1,
    timeField: '@timestamp',
    entityFields: ['user.name'],
    periods: { train: { from: real[0].time, to: from }, heldout: { from, to: END } },
    entities: { looked_at: corpus.entities.length, all: corpus.entities.length },
    validity: { generated: synthetic.length, malformed: 0 },
    techniques: [],
    notes: [],
    now: new Date(END),
  });
}

export const figureOf = (of: Report, id: Report['figures'][number]['id']) => of.figures.find((figure) => figure.id === id)!;
export const copyOf = (event: PreparedEvent, change: (source: LogEvent) => void): PreparedEvent => {
  const source = structuredClone(event.event);
  change(source);
  return { ...event, event: source };
};
