import type { LogTypeReport } from '../../common';
import { bleedByField, bleedingRows, ownerships } from './bleed';
import type { Ownership } from './bleed';
import { representatives } from './categories';
import type { Corpus } from './corpus';
import { dependencyReport, learnRules } from './dependencies';
import { discriminate } from './discriminator';
import type { StreamContext } from './discriminator';
import { fieldReport } from './field_report';
import type { Sets } from './field_report';
import type { EventSets, EventValues } from './joints';
import { pairColumns, pairReports, top } from './pairs';
import { fieldsOf } from './schema';
import type { Field } from './schema';
import { byEntity, hourOf } from './streams';
import { countValues } from './distances';

/** Fields and pairs listed per log type; means are over all of them. */
const LISTED_PAIRS = 60;

/** What was found out about one log type, beside its report. */
export interface MeasuredType {
  type: number;
  sets: Sets;
  /** All pairs, also those that the report does not list. */
  pairs: LogTypeReport['pairs'];
  report: LogTypeReport;
  owned: Ownership[];
  /** Blocks of events that the discriminator learned from and judged; 0 where it could not. */
  blocks: number;
  /** Fields that differ from each other; of those that say the same, one. */
  distinctFields: Field[];
}

/** The events of one log type, row by row, as the corpus has them. */
export function setsOf(corpus: Corpus, type: number, sets: EventSets): Sets {
  return {
    train: corpus.ofType(sets.train, type),
    floors: sets.floors.map((rows) => corpus.ofType(rows, type)),
    shifts: sets.shifts,
    heldout: corpus.ofType(sets.heldout, type),
    synthetic: corpus.ofType(sets.synthetic, type),
  };
}

export function typeFields(corpus: Corpus, type: number, sets: EventSets, timeField: string): Field[] {
  return fieldsOf(corpus.tables[type], corpus.ofType(sets.train, type), corpus.ofType(sets.heldout, type), timeField);
}

export function measureType(corpus: Corpus, type: number, all: EventSets, fields: readonly Field[], contexts: StreamContext, seed: number): MeasuredType {
  const table = corpus.tables[type];
  const sets = setsOf(corpus, type, all);
  const distinctFields = representatives(fields.filter(({ kind }) => kind !== 'constant'), sets.train);
  const hour = top('hour of the day', (row) => hourOf(table.time[row]), countValues(sets.train.map((row) => hourOf(table.time[row]))));
  const pairs = pairReports([...pairColumns(distinctFields, sets.train), hour], sets);
  const fieldReports = fields.map((field) => fieldReport(field, sets));
  const owned = ownerships(fields, table, sets.train);
  const told = discriminate(distinctFields, table, contexts, sets, seed);
  const excess = (value: number | null, floor: number | null) => (value ?? 0) - (floor ?? 0);
  return {
    type,
    sets,
    pairs,
    owned,
    blocks: told?.blocks ?? 0,
    distinctFields,
    report: {
      name: table.logType,
      events: { train: sets.train.length, heldout: sets.heldout.length, synthetic: sets.synthetic.length },
      fields: fieldReports.sort((a, b) => excess(b.distance, b.floor) - excess(a.distance, a.floor)),
      pairs: [...pairs].sort((a, b) => excess(b.difference, b.floor) - excess(a.difference, a.floor)).slice(0, LISTED_PAIRS),
      dependencies: dependencyReport(learnRules(fields, sets.train), sets.heldout, sets.synthetic),
      bleed: bleedByField(owned, table, sets.heldout, sets.synthetic),
      discriminator: told?.report,
    },
  };
}

/** Gap to the entity's event before and its action, per row of each table. Each set is a stream of its own. */
export function streamContexts(corpus: Corpus, sets: EventSets, actions: EventValues): StreamContext[] {
  const contexts = corpus.tables.map(({ rows }) => ({ gap: new Float64Array(rows).fill(NaN), previous: new Int32Array(rows).fill(-1) }));
  for (const rows of [sets.train, sets.heldout, sets.synthetic]) {
    for (const stream of byEntity(corpus, rows).values()) {
      stream.forEach((event, i) => {
        if (i === 0) return;
        const context = contexts[corpus.type[event]];
        context.gap[corpus.row[event]] = (corpus.time[event] - corpus.time[stream[i - 1]]) / 1000;
        context.previous[corpus.row[event]] = actions.codes[stream[i - 1]];
      });
    }
  }
  return contexts;
}

/** Rows of the log type that carry another entity's value, in a set of it. */
export function bleeding(corpus: Corpus, { type, owned }: MeasuredType, rows: Sets['heldout'], only?: 'identity'): Set<number> {
  return bleedingRows(owned, corpus.tables[type], rows, only);
}
