import type { Figure, IndexTrial, Report } from '../../common';
import { meanOf } from './distances';

type Id = Figure['id'];

/** What stays the same of a figure: how it is called, read and judged. */
interface Definition {
  group: Figure['group'];
  name: string;
  description: string;
  unit: Figure['unit'];
  better: Figure['better'];
  /** From the mean of the floors, and the highest of them. */
  goal?: (floor: number | null, highest: number | null) => Figure['goal'] | undefined;
  /** Observations on the smaller side from which a verdict is given; 200 without. */
  least?: number;
}

/** With fewer observations (on the smaller side), chance alone would meet or miss a goal. */
const LEAST = 200;

const atLeast = (low: number, text: string) => () => ({ low, text });
/** What real events of any one period reach meets the goal, too: periods differ. */
const timesFloor = (factor: number) => (floor: number | null, highest: number | null) => {
  if (floor === null || highest === null) return undefined;
  const high = floor * factor;
  return highest > high ? { high: highest, text: `at most ${factor} × floor, or as far as one of the real periods` } : { high, text: `at most ${factor} × floor` };
};

const DEFINITIONS: Record<Id, Definition> = {
  valid_json: { group: 'validity', name: 'Valid JSON', description: 'Texts that the model wrote that are one JSON object.', unit: 'share', better: 'higher', goal: atLeast(1, '100 %'), least: 100 },
  accepted: { group: 'validity', name: 'Accepted by the index', description: "Events that an index with the source's mapping takes.", unit: 'share', better: 'higher', goal: atLeast(1, '100 %'), least: 100 },
  right_entity: {
    group: 'consistency',
    name: 'Right entity',
    description: 'Events whose identifying fields (name, id, mail address) all name the entity that they were written for.',
    unit: 'share',
    better: 'higher',
    goal: atLeast(0.995, 'at least 99.5 %'),
  },
  entity_bleed: {
    group: 'consistency',
    name: 'Entity bleed',
    description: 'Events with a value (device, address, id …) that belongs to another entity in the training events.',
    unit: 'share',
    better: 'lower',
    goal: (floor) => ({ high: Math.max(0.001, floor ?? 0), text: 'at most that of real events, or 0.1 %' }),
  },
  dependency_violations: {
    group: 'consistency',
    name: 'Broken dependencies',
    description: 'Events that break what follows from what (address → city, application → its id) in all training events.',
    unit: 'share',
    better: 'lower',
    goal: (floor) => ({ high: Math.max(0, floor ?? 0), text: 'at most that of real events' }),
  },
  categorical_distance: {
    group: 'fields',
    name: 'Categorical fields',
    description: 'Total variation distance of each categorical field, with null, absent and rare values; mean over the fields.',
    unit: 'distance',
    better: 'lower',
    goal: timesFloor(1.1),
  },
  numeric_distance: {
    group: 'fields',
    name: 'Numbers and times',
    description: 'Wasserstein distance of each number, and of each time to the time of the event, in standard deviations; mean over the fields.',
    unit: 'sd',
    better: 'lower',
    goal: timesFloor(1.15),
  },
  numeric_ks: { group: 'fields', name: 'Numbers and times (KS)', description: 'Kolmogorov-Smirnov statistic of each number and time; mean over the fields.', unit: 'distance', better: 'lower' },
  rare_share: {
    group: 'fields',
    name: 'Rare values',
    description: 'Share of values that training has, too, and that are rare on both sides (fewer than one in a thousand events), against that share among held-out events.',
    unit: 'ratio',
    better: 'closer',
    goal: (floor) => ({ low: Math.min(0.8, floor ?? 1), high: Math.max(1.25, floor ?? 1), text: 'in proportion: 0.8 to 1.25, or that of real events' }),
    least: 50,
  },
  id_format: { group: 'fields', name: 'Known formats', description: 'Ids and free texts in a format (runs of letters and digits) that training events have; floor: held-out events.', unit: 'share', better: 'higher', goal: (floor) => ({ low: Math.min(0.995, (floor ?? 1) - 0.005), text: 'within 0.5 % of real events, or 99.5 %' }) },
  association_difference: {
    group: 'joint',
    name: 'Pairs of fields',
    description: "Difference in Cramér's V of two fields; mean over all pairs.",
    unit: 'distance',
    better: 'lower',
    goal: timesFloor(1.15),
  },
  user_place: joint('Entity × place'),
  user_app: joint('Entity × application'),
  user_device: joint('Entity × device'),
  user_address: joint('Entity × address'),
  user_action: joint('Entity × action'),
  user_hour: joint('Entity × hour'),
  hour_of_week: { group: 'sequence', name: 'Hour of the week', description: 'Total variation distance over the 168 hours of the week.', unit: 'distance', better: 'lower', goal: timesFloor(1.15) },
  action_bigrams: { group: 'sequence', name: 'Order of actions', description: 'Total variation distance of pairs of successive actions in a session.', unit: 'distance', better: 'lower', goal: timesFloor(1.15) },
  action_transitions: { group: 'sequence', name: 'Next action', description: 'Total variation distance of what follows an action; mean over the actions.', unit: 'distance', better: 'lower', goal: timesFloor(1.15) },
  session_length: { group: 'sequence', name: 'Session length', description: 'Kolmogorov-Smirnov statistic of events in a session (30 minutes without an event end it).', unit: 'distance', better: 'lower', goal: timesFloor(1.15), least: 50 },
  id_repeats: {
    group: 'sequence',
    name: 'Ids within a session',
    description: 'How often an id (of a request, a session, a correlation) is one that the session had before, synthetic against held-out; mean difference over the id fields.',
    unit: 'distance',
    better: 'lower',
    goal: (floor) => ({ high: Math.max(0.02, 1.15 * (floor ?? 0)), text: 'at most 1.15 × floor, or 0.02' }),
  },
  sign_in_first: {
    group: 'sequence',
    name: 'Use before sign-in',
    description: 'Sessions that use something before anybody signed in to them; real ones do so, too, where a sign-in lasts longer than a session. Floor: held-out events.',
    unit: 'share',
    better: 'lower',
    goal: (floor) => (floor === null ? undefined : { high: Math.max(0.02, 1.15 * floor), text: 'at most 1.15 × that of real events, or 2 %' }),
    least: 50,
  },
  time_order: {
    group: 'sequence',
    name: 'Times in order',
    description: 'Events not earlier than the one that the entity wrote before, whose times stand in the order of all training events (created before sent before received).',
    unit: 'share',
    better: 'higher',
    goal: (floor) => ({ low: Math.min(0.999, floor ?? 1), text: 'that of real events, or 99.9 %' }),
  },
  events_per_entity_day: { group: 'sequence', name: 'Events per entity and day', description: 'Kolmogorov-Smirnov statistic over all entities and days, also those without an event.', unit: 'distance', better: 'lower', goal: timesFloor(1.15) },
  gap: { group: 'sequence', name: 'Time between events', description: "Kolmogorov-Smirnov statistic of the time between two events of an entity.", unit: 'distance', better: 'lower', goal: timesFloor(1.15) },
  volume: { group: 'sequence', name: 'Number of events', description: 'Synthetic events in the held-out period for each real one.', unit: 'ratio', better: 'closer', goal: (floor) => ({ low: Math.min(0.85, floor ?? 1), high: Math.max(1.15, floor ?? 1), text: '0.85 to 1.15, or that of real events' }) },
  discriminator_auc: {
    group: 'indistinguishable',
    name: 'Told from real ones',
    description: 'AUC of boosted trees that tell synthetic from held-out events by all fields, hour, weekday, gap and the action before (cross-validated by entity and day); mean over the events.',
    unit: 'auc',
    better: 'lower',
    goal: () => ({ high: 0.55, text: 'at most 0.55' }),
    least: 100,
  },
  discriminator_steady: {
    group: 'indistinguishable',
    name: 'Told from real ones by what stays',
    description: 'The same without the features by which real events of one period are told from those of another (a browser that was rolled out): what the model could have known.',
    unit: 'auc',
    better: 'lower',
    goal: () => ({ high: 0.55, text: 'at most 0.55' }),
    least: 100,
  },
  exact_copies: {
    group: 'privacy',
    name: 'Exact copies',
    description: 'Events that equal one of half the training events in all fields but ids, times and numbers. Real events repeat each other, too: the floor is the other half.',
    unit: 'share',
    better: 'lower',
    goal: timesFloor(1.05),
  },
  rouge1: { group: 'privacy', name: 'ROUGE-1 to the nearest training event', description: 'Words in common with the training event most like it (F1), ids and times left out; floor: other training events.', unit: 'share', better: 'closer' },
  cosine: { group: 'privacy', name: 'Cosine to the nearest training event', description: 'Cosine of word counts with the training event most like it, ids and times left out; floor: other training events.', unit: 'share', better: 'closer' },
  closest_record_share: {
    group: 'privacy',
    name: 'Closest record',
    description: 'Events whose nearest real event is one of training rather than held-out (as many of each); 0.50 when nothing was learned by heart and nothing changed since. Floor: real events of the time of training.',
    unit: 'share',
    better: 'closer',
    goal: (floor) => ({ low: Math.min(0.48, (floor ?? 1) - 0.02), high: Math.max(0.52, (floor ?? 0) + 0.02), text: '0.50 ± 0.02, or within 0.02 of the floor' }),
  },
  membership_auc: {
    group: 'privacy',
    name: 'Membership inference',
    description: 'AUC of an attacker who takes real events near to synthetic ones for training events; 0.50 is a guess.',
    unit: 'auc',
    better: 'lower',
    goal: (floor) => ({ high: Math.max(0.55, floor ?? 0), text: 'at most 0.55, or what time alone tells (floor)' }),
  },
};

function joint(name: string): Definition {
  return { group: 'joint', name, description: `Total variation distance of the joint distribution, all log types together.`, unit: 'distance', better: 'lower', goal: timesFloor(1.15) };
}

/** What a figure was counted over: the smaller of its two sides. */
export interface Observations {
  count: number;
  of: string;
}

export interface Circumstances {
  over?: Observations;
  /** Why there is nothing to measure: said when there is no value. */
  reason?: string;
}

/** The report with what an index said to its events. */
export function withIndexTrial(report: Report, trial: IndexTrial): Report {
  const found = figure('accepted', trial.tried === 0 ? null : trial.accepted / trial.tried, [], { over: { count: trial.tried, of: 'events' }, reason: 'No event was tried.' });
  const accepted = { ...found, note: trial.note ?? found.note };
  return { ...report, validity: { ...report.validity, index: trial }, figures: report.figures.map((each) => (each.id === 'accepted' ? accepted : each)) };
}

/** Rounding must not fail what is met. */
const SLACK = 1e-9;

const meets = (value: number, goal: NonNullable<Figure['goal']>) => value >= (goal.low ?? -Infinity) - SLACK && value <= (goal.high ?? Infinity) + SLACK;

/** A figure with its goal worked out and its verdict. `floors`: one per training period measured. */
export function figure(id: Id, value: number | null, floors: ReadonlyArray<number | null>, { over, reason }: Circumstances = {}): Figure {
  const { goal: goalOf, least = LEAST, ...definition } = DEFINITIONS[id];
  const known = floors.filter((floor): floor is number => floor !== null);
  const floor = meanOf(known);
  const goal = goalOf?.(floor, known.length === 0 ? null : Math.max(...known));
  const judge = (): Pick<Figure, 'verdict' | 'note'> => {
    if (value === null) return { verdict: 'none', note: reason };
    if (goalOf === undefined) return { verdict: 'none' };
    if (goal === undefined) return { verdict: 'none', note: 'There are no real events of another period to hold it against.' };
    if (over !== undefined && over.count < least) return { verdict: 'none', note: `Too few to tell: ${over.count} ${over.of}; ${least} are needed.` };
    const verdict = meets(value, goal) ? 'met' : 'missed';
    return floor === null || meets(floor, goal) ? { verdict } : { verdict, note: `Real events of another period reach ${figureText(definition.unit, floor)}.` };
  };
  return { id, ...definition, value, floor, floor_range: known.length > 1 ? [Math.min(...known), Math.max(...known)] : undefined, goal, observations: over, ...judge() };
}

/** As people read it; with a digit more where 100 % or 0 % would claim too much. */
export function figureText(unit: Figure['unit'], value: number): string {
  if (unit === 'share') return `${(100 * value).toFixed(value > 0.99 || value < 0.01 ? 2 : 1)} %`;
  return unit === 'ratio' ? `${Number(value.toPrecision(3))} ×` : value.toFixed(3);
}
