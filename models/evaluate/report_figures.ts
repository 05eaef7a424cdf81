import type { FieldReport, Figure } from '../../common';
import type { ReportContext } from './build_report';
import type { Coherence } from './coherence';
import type { Corpus } from './corpus';
import { meanOf } from './distances';
import { figure } from './figures';
import type { Circumstances, Observations } from './figures';
import type { EventSets, jointReport } from './joints';
import { bleeding } from './log_type';
import type { MeasuredType } from './log_type';
import type { Period } from './periods';
import type { privacy } from './privacy';
import type { sequences } from './sequence';

/** What was measured, from which the figures are read. */
export interface Parts {
  /** Periods of training events that the floor was measured with. */
  floors: readonly Period[];
  types: readonly MeasuredType[];
  joints: ReadonlyArray<ReturnType<typeof jointReport>>;
  order: ReturnType<typeof sequences>;
  together: Coherence;
  copies: ReturnType<typeof privacy>;
}

/** Log types with fewer events on either side are left out of means over fields and pairs: there, chance is all that is measured. */
const MIN_TYPE_EVENTS = 50;

/** Standard deviations that one field adds to the mean at most: one that hardly varies must not drown the others. */
const MOST_DEVIATIONS = 10;
const bounded = (distance: number | null) => (distance === null ? null : Math.min(MOST_DEVIATIONS, distance));

/** All figures, in the order to show them. */
export function reportFigures(corpus: Corpus, { validity, wrongEntity, periods }: ReportContext, sets: EventSets, { floors, types, joints, order, together, copies }: Parts): Figure[] {
  const smaller = (of: readonly MeasuredType[]): Observations => {
    const [synthetic, heldout] = (['synthetic', 'heldout'] as const).map((set) => of.reduce((sum, type) => sum + type.sets[set].length, 0));
    return synthetic < heldout ? { count: synthetic, of: 'synthetic events' } : { count: heldout, of: 'held-out events' };
  };
  const events = smaller(types);
  const large = types.filter(({ sets: { heldout, synthetic } }) => Math.min(heldout.length, synthetic.length) >= MIN_TYPE_EVENTS);
  const reports = large.flatMap(({ report }) => report.fields);
  const fieldsOf = (...kinds: FieldReport['kind'][]) => reports.filter(({ kind }) => kinds.includes(kind));
  const [categorical, numeric, formats] = [fieldsOf('categorical'), fieldsOf('number', 'time'), fieldsOf('id', 'text')];
  const ofFields = (what: string): Circumstances => ({
    over: smaller(large),
    reason: large.length === 0 ? `No log type has ${MIN_TYPE_EVENTS} held-out and as many synthetic events.` : `The log types with ${MIN_TYPE_EVENTS} events on each side have no ${what}.`,
  });
  const complement = (value: number | null) => (value === null ? null : 1 - value);
  const weighted = (set: 'heldout' | 'synthetic', measure: (type: MeasuredType) => number | null | undefined) => {
    const known = types.map((type) => ({ events: type.sets[set].length, value: measure(type) })).filter((each): each is { events: number; value: number } => typeof each.value === 'number');
    const total = known.reduce((sum, { events: count }) => sum + count, 0);
    return total === 0 ? null : known.reduce((sum, { events: count, value }) => sum + count * value, 0) / total;
  };
  const owning = types.filter(({ owned }) => owned.length > 0);
  const ruled = types.filter(({ report }) => report.dependencies.rules > 0);
  const bleed = (set: 'heldout' | 'synthetic') => (owning.length === 0 ? null : weighted(set, (type) => bleeding(corpus, type, type.sets[set]).size / Math.max(1, type.sets[set].length)));
  const misnamed = (set: 'heldout' | 'synthetic') =>
    owning.every(({ owned }) => owned.every(({ identity }) => !identity)) ? null : weighted(set, (type) => bleeding(corpus, type, type.sets[set], 'identity').size / Math.max(1, type.sets[set].length));
  const byWriter = wrongEntity === undefined || wrongEntity.of === 0 ? null : 1 - wrongEntity.events / wrongEntity.of;
  const right = [complement(misnamed('synthetic')), byWriter].filter((value) => value !== null);
  const violations = (set: 'heldout' | 'synthetic') => (ruled.length === 0 ? null : weighted(set, ({ report }) => report.dependencies.violations[set]));
  const rare = (set: 'train' | 'heldout' | 'synthetic') => meanOf(categorical.map((field) => field.rare?.[set]));
  const rareEvents = Math.round(large.reduce((sum, { report, sets: { heldout } }) => sum + heldout.length * report.fields.reduce((shares, field) => shares + (field.rare?.heldout ?? 0), 0), 0));
  const ratio = (value: number | null, to: number | null) => (value === null || to === null || to === 0 ? null : value / to);
  const pairs = large.flatMap((type) => type.pairs);
  const jointFigure = (id: Figure['id'], what: string) => {
    const joint = joints.find((each) => each?.id === id);
    return figure(id, joint?.distance ?? null, [joint?.floor ?? null], { over: events, reason: `No field of the training events names ${what}, or no event on both sides has it.` });
  };
  const length = ({ from, to }: Period) => to - from;
  const perTime = sets.floors.map((rows, i) => ratio(rows.length / length(floors[i]), sets.heldout.length / length(periods.heldout)));
  const told = types.filter(({ report }) => report.discriminator !== undefined);
  const discriminators: Circumstances = { over: { count: told.reduce((sum, { blocks }) => sum + blocks, 0), of: 'days (or shorter stretches) of an entity' }, reason: 'No log type has enough events on both sides, in enough blocks of time, to learn from some and judge the others.' };
  const steady = (value: 'auc' | 'floor') => weighted('heldout', ({ report }) => report.discriminator?.steady?.[value]);
  const noAction: Circumstances['reason'] = 'No field of the training events names an action.';
  const { generated, malformed, index } = validity;
  const texts = generated + malformed;
  const nearest: Circumstances = { over: events, reason: 'No log type has training, held-out and synthetic events.' };
  return [
    figure('valid_json', texts === 0 ? null : generated / texts, [], { over: { count: texts, of: 'texts' } }),
    figure('accepted', index === undefined || index.tried === 0 ? null : index.accepted / index.tried, [], { reason: 'No index was there to try them.' }),
    figure('right_entity', right.length === 0 ? null : Math.min(...right), [complement(misnamed('heldout'))], { over: { count: sets.synthetic.length, of: 'synthetic events' }, reason: 'No field names the entity one to one.' }),
    figure('entity_bleed', bleed('synthetic'), [bleed('heldout')], { over: smaller(owning), reason: 'No value belongs to one entity alone for long enough in the training events.' }),
    figure('dependency_violations', violations('synthetic'), [violations('heldout')], { over: smaller(ruled), reason: 'No field follows from another often enough in the training events to make a rule of it.' }),
    figure('categorical_distance', meanOf(categorical.map(({ distance }) => distance)), [meanOf(categorical.map(({ floor }) => floor))], ofFields('categorical fields')),
    figure('numeric_distance', meanOf(numeric.map(({ distance }) => bounded(distance))), [meanOf(numeric.map(({ floor }) => bounded(floor)))], ofFields('numbers or times')),
    figure('numeric_ks', meanOf(numeric.map(({ ks }) => ks)), [meanOf(numeric.map(({ ks_floor }) => ks_floor))], ofFields('numbers or times')),
    figure('rare_share', ratio(rare('synthetic'), rare('heldout')), [sets.floors.every((rows) => rows.length > (2 / 3) * sets.train.length) ? null : ratio(rare('train'), rare('heldout'))], { reason: 'No held-out event has a value that is rare: with fewer than a thousand events, none can be.', over: { count: rareEvents, of: 'rare values in held-out events' } }),
    figure('id_format', complement(meanOf(formats.map(({ distance }) => distance))), [complement(meanOf(formats.map(({ floor }) => floor)))], ofFields('ids or free texts')),
    figure('association_difference', meanOf(pairs.map(({ difference }) => difference)), [meanOf(pairs.map(({ floor }) => floor))], ofFields('pairs of fields that vary')),
    jointFigure('user_place', 'a place'),
    jointFigure('user_app', 'an application'),
    jointFigure('user_device', 'a device'),
    jointFigure('user_address', 'an address'),
    jointFigure('user_action', 'an action'),
    jointFigure('user_hour', 'an hour'),
    figure('hour_of_week', order.hourOfWeek.value, order.hourOfWeek.floors, { over: events }),
    figure('action_bigrams', order.bigrams.value, order.bigrams.floors, { over: order.over.pairs, reason: noAction }),
    figure('action_transitions', order.transitions.value, order.transitions.floors, { over: order.over.pairs, reason: noAction }),
    figure('session_length', order.sessionLength.value, order.sessionLength.floors, { over: order.over.sessions }),
    figure('id_repeats', together.ids.value, together.ids.floors, { over: together.idsOver, reason: 'No log type has ids in several events of a session.' }),
    figure('sign_in_first', together.signIn.value, together.signIn.floors, { over: together.signInOver, reason: 'The logs have no sign-ins, or nothing but sign-ins.' }),
    figure('time_order', together.times.value, together.times.floors, { over: events }),
    figure('events_per_entity_day', order.perDay.value, order.perDay.floors, { over: order.over.days }),
    figure('gap', order.gap.value, order.gap.floors, { over: order.over.gaps, reason: 'No entity has two events.' }),
    figure('volume', ratio(corpus.rows('synthetic', periods.heldout.from, periods.heldout.to).length, sets.heldout.length), perTime, { over: events }),
    figure('discriminator_auc', weighted('heldout', ({ report }) => report.discriminator?.auc), [weighted('heldout', ({ report }) => report.discriminator?.floor)], discriminators),
    figure('discriminator_steady', steady('auc'), [steady('floor')], told.length === 0 ? discriminators : { ...discriminators, reason: 'No real events of another period are there to find what changes.' }),
    figure('exact_copies', copies.copies.value, [copies.copies.floor], nearest),
    figure('rouge1', copies.rouge1.value, [copies.rouge1.floor], nearest),
    figure('cosine', copies.cosine.value, [copies.cosine.floor], nearest),
    figure('closest_record_share', copies.closest.value, [copies.closest.floor], nearest),
    figure('membership_auc', copies.membership.value, [copies.membership.floor], nearest),
  ];
}
