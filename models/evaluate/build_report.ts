import type { EntityReport, Figure, Report } from '../../common';
import type { Corpus, Rows } from './corpus';
import { countValues, meanOf, totalVariation } from './distances';
import { figure } from './figures';
import { hourValues, jointReport, roleValues } from './joints';
import type { EventSets, EventValues } from './joints';
import { bleeding, measureType, streamContexts, typeFields } from './log_type';
import type { MeasuredType } from './log_type';
import { floorPeriods } from './periods';
import type { Period } from './periods';
import { privacy } from './privacy';
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
  await step(0.75);
  const copies = privacy(types, fields, seed);
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
    figures: figures(corpus, context, sets, types, joints, order, copies),
    log_types: types.map(({ report }) => report).sort((a, b) => b.events.heldout - a.events.heldout || (a.name < b.name ? -1 : 1)),
    joints: joints.filter((joint) => joint !== undefined),
    sequence: order.report,
    privacy: copies.report,
    entities: entityReports(corpus, sets, types, actions),
    techniques: context.techniques,
    notes: context.notes,
  };
}

const period = ({ from, to }: Period, rows: Rows) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), events: rows.length });

function figures(
  corpus: Corpus,
  { validity, wrongEntity }: ReportContext,
  sets: EventSets,
  types: readonly MeasuredType[],
  joints: ReadonlyArray<Report['joints'][number] | undefined>,
  order: ReturnType<typeof sequences>,
  copies: ReturnType<typeof privacy>
): Figure[] {
  const reports = types.flatMap(({ report }) => report.fields);
  const categorical = reports.filter(({ kind }) => kind === 'categorical');
  const numeric = reports.filter(({ kind }) => kind === 'number' || kind === 'time');
  const formats = reports.filter(({ kind }) => kind === 'id' || kind === 'text');
  const complement = (value: number | null) => (value === null ? null : 1 - value);
  const weighted = (set: 'heldout' | 'synthetic', measure: (type: MeasuredType) => number | null | undefined) => {
    const known = types.map((type) => ({ events: type.sets[set].length, value: measure(type) })).filter((each): each is { events: number; value: number } => typeof each.value === 'number');
    const total = known.reduce((sum, { events }) => sum + events, 0);
    return total === 0 ? null : known.reduce((sum, { events, value }) => sum + events * value, 0) / total;
  };
  const bleed = (set: 'heldout' | 'synthetic', only?: 'identity') => weighted(set, (type) => bleeding(corpus, type, type.sets[set], only).size / Math.max(1, type.sets[set].length));
  const rightBySource = complement(bleed('synthetic', 'identity'));
  const rightByWriter = wrongEntity === undefined || wrongEntity.of === 0 ? null : 1 - wrongEntity.events / wrongEntity.of;
  const rightEntity = rightBySource === null ? rightByWriter : rightByWriter === null ? rightBySource : Math.min(rightBySource, rightByWriter);
  const rare = (set: 'train' | 'heldout' | 'synthetic') => meanOf(categorical.map((field) => field.rare?.[set]));
  const ratio = (value: number | null, to: number | null) => (value === null || to === null || to === 0 ? null : value / to);
  const pairs = types.flatMap((type) => type.pairs);
  const { generated, malformed, index } = validity;
  const list: Figure[] = [
    figure('valid_json', generated + malformed === 0 ? null : generated / (generated + malformed), []),
    figure('accepted', index === undefined || index.tried === 0 ? null : index.accepted / index.tried, [], index === undefined ? 'No index was there to try them.' : undefined),
    figure('right_entity', rightEntity, [complement(bleed('heldout', 'identity'))]),
    figure('entity_bleed', bleed('synthetic'), [bleed('heldout')]),
    figure(
      'dependency_violations',
      weighted('synthetic', ({ report }) => report.dependencies.violations.synthetic),
      [weighted('heldout', ({ report }) => report.dependencies.violations.heldout)]
    ),
    figure('categorical_distance', meanOf(categorical.map(({ distance }) => distance)), [meanOf(categorical.map(({ floor }) => floor))]),
    figure('numeric_distance', meanOf(numeric.map(({ distance }) => distance)), [meanOf(numeric.map(({ floor }) => floor))]),
    figure('numeric_ks', meanOf(numeric.map(({ ks }) => ks)), [meanOf(numeric.map(({ ks_floor }) => ks_floor))]),
    figure('rare_share', ratio(rare('synthetic'), rare('heldout')), [ratio(rare('train'), rare('heldout'))]),
    figure('id_format', complement(meanOf(formats.map(({ distance }) => distance))), [complement(meanOf(formats.map(({ floor }) => floor)))]),
    figure('association_difference', meanOf(pairs.map(({ difference }) => difference)), [meanOf(pairs.map(({ floor }) => floor))]),
    ...joints.flatMap((joint) => (joint === undefined ? [] : [figure(joint.id, joint.distance, [joint.floor])])),
    figure('hour_of_week', order.hourOfWeek.value, order.hourOfWeek.floors),
    figure('action_bigrams', order.bigrams.value, order.bigrams.floors),
    figure('action_transitions', order.transitions.value, order.transitions.floors),
    figure('session_length', order.sessionLength.value, order.sessionLength.floors),
    figure('events_per_entity_day', order.perDay.value, order.perDay.floors),
    figure('gap', order.gap.value, order.gap.floors),
    figure('volume', ratio(sets.synthetic.length, sets.heldout.length), sets.floors.map((rows) => ratio(rows.length, sets.heldout.length))),
    figure('discriminator_auc', weighted('heldout', ({ report }) => report.discriminator?.auc), [weighted('heldout', ({ report }) => report.discriminator?.floor)]),
    figure('exact_copies', copies.copies.value, [copies.copies.floor]),
    figure('rouge1', copies.rouge1.value, [copies.rouge1.floor]),
    figure('cosine', copies.cosine.value, [copies.cosine.floor]),
    figure('closest_record_share', copies.closest.value, [copies.closest.floor]),
    figure('membership_auc', copies.membership.value, [copies.membership.floor]),
  ];
  return list;
}

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
