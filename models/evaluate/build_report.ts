import type { EntityReport, Figure, Report } from '../../common';
import { coherence } from './coherence';
import type { Corpus, Rows } from './corpus';
import { countValues, meanOf, totalVariation } from './distances';
import { hourValues, jointReport, roleValues } from './joints';
import type { EventSets, EventValues } from './joints';
import { bleeding, measureType, streamContexts, typeFields } from './log_type';
import type { MeasuredType } from './log_type';
import { floorPeriods } from './periods';
import type { Period } from './periods';
import { privacy } from './privacy';
import { reportFigures } from './report_figures';
import type { Role } from './roles';
import { sequences } from './sequence';

/** What the report says beside what the events say. */
export interface ReportContext {
  model?: Report['model'];
  seed: number;
  timeField: string;
  entityFields: string[];
  /** The whole time from which each kind of events was taken. */
  periods: { train: Period; heldout: Period };
  entities: { looked_at: number; all: number };
  validity: Report['validity'];
  /** Generated events that say they are another entity's than the one they were written for; of how many. */
  wrongEntity?: { events: number; of: number };
  techniques: Report['techniques'];
  notes: string[];
  now: Date;
}

/** Per entity, with fewer events a distribution says nothing. */
const MIN_EVENTS = 20;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const JOINTS: ReadonlyArray<{ id: Figure['id']; role: Role }> = [
  { id: 'user_place', role: 'place' },
  { id: 'user_app', role: 'app' },
  { id: 'user_device', role: 'device' },
  { id: 'user_address', role: 'address' },
];

/**
 * Compares the corpus's synthetic events with its held-out ones, and its training events for the floor. `onStep` hears how far
 * it is (0-1); what it throws ends it. Between steps others get their turn.
 */
export async function buildReport(corpus: Corpus, context: ReportContext, onStep: (share: number) => void = () => undefined): Promise<Report> {
  const step = async (share: number) => {
    await new Promise(setImmediate);
    onStep(share);
  };
  const { periods, seed } = context;
  const floors = floorPeriods(periods.train, periods.heldout);
  const sets: EventSets = {
    train: corpus.rows('train'),
    floors: floors.map(({ from, to }) => corpus.rows('train', from, to)),
    shifts: floors.map(({ from }) => periods.heldout.from - from),
    heldout: corpus.rows('heldout'),
    synthetic: corpus.rows('synthetic'),
  };
  const fields = corpus.tables.map((_, type) => typeFields(corpus, type, sets, context.timeField));
  const actions = roleValues(corpus, fields, sets, ['action', 'outcome']);
  const contexts = streamContexts(corpus, sets, actions);
  await step(0.1);
  const types: MeasuredType[] = [];
  for (const type of corpus.tables.keys()) {
    types.push(measureType(corpus, type, sets, fields[type], contexts[type], seed));
    await step(0.1 + (0.6 * (type + 1)) / corpus.tables.length);
  }
  const joints = JOINTS.map(({ id, role }) => jointReport(id, corpus, roleValues(corpus, fields, sets, [role]), sets));
  joints.push(jointReport('user_action', corpus, actions, sets), jointReport('user_hour', corpus, hourValues(corpus), sets));
  const order = sequences(corpus, actions, sets, { train: periods.train, floors, heldout: periods.heldout, synthetic: periods.heldout });
  const together = coherence(corpus, types.map(({ distinctFields }) => distinctFields), actions, sets);
  await step(0.75);
  const copies = privacy(corpus, types, fields, seed);
  await step(0.95);
  return {
    version: 1,
    created_at: context.now.toISOString(),
    model: context.model,
    seed,
    time_field: context.timeField,
    entity_fields: context.entityFields,
    samples: {
      entities: context.entities,
      train: period(periods.train, sets.train),
      floor: floors.map((each, i) => period(each, sets.floors[i])),
      heldout: period(periods.heldout, sets.heldout),
      synthetic: period(periods.heldout, sets.synthetic),
    },
    validity: context.validity,
    figures: reportFigures(corpus, context, sets, { floors, types, joints, order, together, copies }),
    log_types: types.map(({ report }) => report).sort((a, b) => b.events.heldout - a.events.heldout || (a.name < b.name ? -1 : 1)),
    joints: joints.filter((joint) => joint !== undefined),
    sequence: order.report,
    sessions: together.report,
    privacy: copies.report,
    entities: entityReports(corpus, sets, types, actions),
    techniques: context.techniques,
    notes: [...context.notes, ...sampleNotes(corpus, sets, periods, floors)],
  };
}

/** What a reader must know of the samples before any figure. */
function sampleNotes(corpus: Corpus, sets: EventSets, { train, heldout }: ReportContext['periods'], floors: readonly Period[]): string[] {
  const notes: string[] = [];
  const events = (rows: Rows, type: number) => rows.reduce((count, event) => count + (corpus.type[event] === type ? 1 : 0), 0);
  const missing = corpus.tables.flatMap(({ logType }, type) => {
    const count = events(sets.heldout, type);
    return count > 0 && events(sets.synthetic, type) === 0 ? [`"${logType}" (${count} held-out events${events(sets.train, type) === 0 ? ', none in training' : ''})`] : [];
  });
  if (missing.length > 0) notes.push(`No synthetic event is of the log type${missing.length > 1 ? 's' : ''} ${shortList(missing)}.`);
  const [floor] = floors;
  const shift = heldout.from - floor.from;
  if (sets.floors.every((rows) => rows.length === 0)) notes.push('Training has no events in a period that could stand for the floor.');
  else if (shift % WEEK !== 0) {
    const shorter = floor.to - floor.from < heldout.to - heldout.from - 1 ? `shorter than the held-out one (${spell(floor.to - floor.from)} instead of ${spell(heldout.to - heldout.from)}) and ` : '';
    notes.push(`Training (${spell(train.to - train.from)}) is too short for a floor of the same weekdays: its period is ${shorter}${shift % DAY === 0 ? 'of other weekdays' : 'of other hours'}.`);
  }
  return notes;
}

const LISTED = 8;
const shortList = (items: readonly string[]) => items.slice(0, LISTED).join(', ') + (items.length > LISTED ? ` and ${items.length - LISTED} more` : '');
const spell = (ms: number) => (ms >= 2 * DAY ? `${Math.round(ms / DAY)} days` : ms >= 2 * HOUR ? `${Math.round(ms / HOUR)} hours` : ms >= 120_000 ? `${Math.round(ms / 60_000)} minutes` : `${Math.round(ms / 1000)} seconds`);

const period = ({ from, to }: Period, rows: Rows) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), events: rows.length });

function entityReports(corpus: Corpus, sets: EventSets, types: readonly MeasuredType[], actions: EventValues): EntityReport[] {
  const bled = new Map<number, number>();
  for (const type of types) {
    for (const row of bleeding(corpus, type, type.sets.synthetic)) {
      const entity = corpus.tables[type.type].entity[row];
      bled.set(entity, (bled.get(entity) ?? 0) + 1);
    }
  }
  const group = (rows: Rows) => {
    const found = new Map<number, number[]>();
    for (const event of rows) (found.get(corpus.entity[event]) ?? found.set(corpus.entity[event], []).get(corpus.entity[event])!).push(event);
    return found;
  };
  const [train, heldout, synthetic] = [group(sets.train), group(sets.heldout), group(sets.synthetic)];
  const floors = sets.floors.map(group);
  const hours = hourValues(corpus);
  return [...new Set([...train.keys(), ...heldout.keys(), ...synthetic.keys()])]
    .map((entity) => {
      const [real, made] = [heldout.get(entity) ?? [], synthetic.get(entity) ?? []];
      const distance = (values: EventValues, events: readonly number[] | undefined) =>
        events === undefined || events.length < MIN_EVENTS || real.length < MIN_EVENTS ? null : totalVariation(countValues(events.map((event) => values.codes[event])), countValues(real.map((event) => values.codes[event])));
      const floor = (values: EventValues) => meanOf(floors.map((each) => distance(values, each.get(entity))));
      return {
        name: corpus.entities[entity],
        events: { train: train.get(entity)?.length ?? 0, heldout: real.length, synthetic: made.length },
        hours: distance(hours, made),
        hours_floor: floor(hours),
        actions: distance(actions, made),
        actions_floor: floor(actions),
        bleed: bled.get(entity) ?? 0,
      };
    })
    .sort((a, b) => b.events.heldout - a.events.heldout || (a.name < b.name ? -1 : 1));
}
