import { i18n } from '@kbn/i18n';
import moment from 'moment';
import { generateOptionsSchema, startGenerateSchema, type GenerateOptionsInput, type ModelCard, type Preview } from '../../../common';
import { issueText } from '../../components/issue_text';
import type { LogsLink } from '../../discover/logs_link';
import { pinsOf } from './logs_pins';
import { pinCondition, pinProblem, type Pin } from './pin_state';

export type Amount = 'count' | 'period';

/** The form as a person fills it; numbers that were emptied are NaN, times that were emptied the empty text. */
export interface GenerateState {
  entities: string[];
  /** Entities that never were. With them, `entities` are those that they are like. */
  newEntities: number;
  logTypes: string[];
  technique: string;
  /** Entity whose stream the attack is written into; empty: attack events alone. */
  into: string;
  /** ISO 8601; empty: four hours after the start. */
  attackAt: string;
  variants: number;
  pins: Pin[];
  amount: Amount;
  count: number;
  /** ISO 8601; empty: where the training data ends. */
  from: string;
  /** ISO 8601; of a period. Empty: a day after its start. */
  to: string;
  /** Goes on from so many of each entity's newest real events; absent: from nothing. */
  continueLast?: number;
  /** Clock hours that events keep to, in the person's time zone; absent: as each entity's habits are. */
  hours?: { from: string; to: string; weekdays: number[] };
  /** Id of a model of a few fields, which writes these before this one writes the rest; empty: this one writes all. */
  cascade: string;
  /** Writes the identifiers that the model's pseudonyms stand for. */
  reveal: boolean;
  /** Draws anew what would repeat a rare training event. */
  guard: boolean;
  temperature: number;
  topP: number;
  seed: number;
  target: string;
}

export const emptyGenerateState = (): GenerateState => ({
  entities: [],
  newEntities: 0,
  logTypes: [],
  technique: '',
  into: '',
  attackAt: '',
  variants: 1,
  pins: [],
  amount: 'count',
  count: 1000,
  from: '',
  to: '',
  cascade: '',
  reveal: false,
  guard: true,
  temperature: 1,
  topP: 1,
  seed: 1,
  target: '',
});

/** A form for events like the logs that somebody came from: the same conditions, the same period. */
export function generateStateOf({ source: { from, to, query } }: LogsLink): GenerateState {
  return { ...emptyGenerateState(), pins: pinsOf(query).pins, ...(from && to ? { amount: 'period' as const, from, to } : {}) };
}

/** What belongs to one model only is left out, when another is chosen. */
export const forAnotherModel = (state: GenerateState): GenerateState => ({ ...state, entities: [], logTypes: [], technique: '', into: '', attackAt: '', pins: [], from: '', to: '', cascade: '', reveal: false });

/** Events that a preview shows: the server makes no more. */
export const PREVIEW_COUNT = 20;

/** Start and end of a period, ISO 8601, with what was left empty filled in. What goes on from real events starts after them. */
export function periodOf({ from, to, continueLast }: Pick<GenerateState, 'from' | 'to' | 'continueLast'>, model: Pick<ModelCard, 'time_range'>): { from?: string; to: string } {
  if (continueLast !== undefined && !from) return { to };
  const start = from || model.time_range.to;
  return { from: start, to: to || moment(start).add(1, 'day').toISOString() };
}

/** `most`: events at most, for a preview. */
export function toOptions(state: GenerateState, model: ModelCard, most?: number): GenerateOptionsInput {
  const { entities, newEntities, technique, into, attackAt, variants, hours } = state;
  const attack = isAttack(state);
  const timed: { from?: string; to?: string } = state.amount === 'period' ? periodOf(state, model) : state.from ? { from: state.from } : {};
  const counted = state.amount === 'count' ? Math.min(most ?? Infinity, state.count) : most;
  return {
    ...(counted === undefined ? {} : { count: counted }),
    ...(attack ? { into, variants, ...(attackAt ? { at: attackAt } : {}) } : newEntities === 0 ? { entities } : { new_entities: newEntities, like: entities }),
    log_types: state.logTypes,
    ...(technique ? { technique } : {}),
    where: Object.fromEntries(state.pins.filter(({ field }) => field !== '').map((pin) => [pin.field, pinCondition(pin, knownValues(model, pin.field))])),
    ...timed,
    ...(hours ? { hours: { ...hours, utc_offset: quarterHours(moment(timed.from ?? model.time_range.to).utcOffset()) } } : {}),
    ...(usesCascade(state) ? { cascade: state.cascade } : {}),
    // On unless it is switched off.
    ...(state.guard ? {} : { memorisation_guard: false }),
    temperature: state.temperature,
    top_p: state.topP,
    seed: state.seed,
  };
}

const quarterHours = (minutes: number) => Math.round(minutes / 15) * 15;

/** Whether an attack is written into somebody's stream: its length says how many events there are, `count` only how many at most. */
export const isAttack = ({ technique, into }: Pick<GenerateState, 'technique' | 'into'>): boolean => technique !== '' && into !== '';

/** New entities are written by one model alone: two would give them different identities. */
export const usesCascade = (state: Pick<GenerateState, 'cascade' | 'newEntities' | 'technique' | 'into'>): boolean => state.cascade !== '' && (state.newEntities === 0 || isAttack(state));

/** The request of a preview, with `most` events at most, or of a job. */
export const toGenerateRequest = (state: GenerateState, model: ModelCard, most?: number): Preview => ({
  model_id: model.id,
  options: toOptions(state, model, most),
  ...(state.continueLast === undefined ? {} : { continue_last: state.continueLast }),
  ...(state.reveal && model.options.pseudonymised ? { reveal: true } : {}),
});

/** Names of the options, as the form's fields are called. */
const FIELD_OF: Record<string, string> = { new_entities: 'newEntities', at: 'attackAt' };

/** What keeps the form from being sent, by the name of its field. */
export function generateProblem(state: GenerateState, model: ModelCard): { field: string; message: string } | undefined {
  for (const pin of state.pins) {
    const message = pinProblem(pin);
    if (message !== undefined) return { field: 'pins', message };
  }
  if (state.amount === 'period') {
    const { from, to } = periodOf(state, model);
    if (!to) return { field: 'to', message: i18n.translate('lyrebird.generate.periodEndMissing', { defaultMessage: 'Choose when the period ends.' }) };
    if (from !== undefined && from >= to) return { field: 'to', message: i18n.translate('lyrebird.generate.periodEmpty', { defaultMessage: 'The period ends before it starts.' }) };
  }
  if (state.hours && state.hours.from === state.hours.to) {
    return { field: 'hours', message: i18n.translate('lyrebird.generate.hoursEmpty', { defaultMessage: 'These hours hold no time.' }) };
  }
  const continued = startGenerateSchema.shape.continue_last.safeParse(state.continueLast);
  if (!continued.success) return { field: 'continueLast', message: issueText(continued.error.issues[0]) };
  const options = generateOptionsSchema.safeParse(toOptions(state, model));
  if (!options.success) {
    const name = String(options.error.issues[0].path[0] ?? '');
    return { field: FIELD_OF[name] ?? name, message: issueText(options.error.issues[0]) };
  }
  const target = startGenerateSchema.shape.target_index.safeParse(state.target || undefined);
  return target.success ? undefined : { field: 'target', message: issueText(target.error.issues[0]) };
}

/** Fields that a condition can name, with no path twice: all but those that are always the same. */
export function pinnableFields(model: ModelCard, logTypes: readonly string[]): string[] {
  const chosen = model.fields.filter(({ kind, log_type }) => kind !== 'constant' && (logTypes.length === 0 || logTypes.includes(log_type)));
  return [...new Set(chosen.map(({ path }) => path))].sort();
}

export function knownValues(model: ModelCard, field: string): string[] {
  return [...new Set(model.fields.filter(({ path }) => path === field).flatMap(({ values }) => values))];
}
