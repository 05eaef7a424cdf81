import { LyrebirdError, type GenerateOptions, type ModelCard } from '../../common';
import type { Codec, Condition, DecodeOptions, Hours } from '../codec/types';

const SLOTS = 96;
const WEEK = 7 * SLOTS;
const SLOT_MINUTES = 15;
const SHOWN = 5;

/** What every event must be, checked as far as that can be said without an entity; and the window, where a condition says it. */
export interface RunConditions {
  decode: DecodeOptions;
  /** ms; from conditions on the time field itself. */
  from?: number;
  to?: number;
}

/** @throws LYREBIRD_UNKNOWN_VALUE, LYREBIRD_UNKNOWN_FIELD, LYREBIRD_BAD_REQUEST */
export function readConditions(codec: Codec, card: ModelCard, options: GenerateOptions): RunConditions {
  const unknown = options.log_types.filter((name) => !codec.logTypes.includes(name));
  if (unknown.length > 0) {
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_VALUE',
      `The model has not learned the log type ${unknown.map((name) => `"${name}"`).join(', ')}.`,
      `It knows ${codec.logTypes.map((name) => `"${name}"`).join(', ')}.`
    );
  }
  const logTypes = options.log_types.length > 0 ? new Set(options.log_types) : undefined;
  const pins = new Map<string, Condition>(Object.entries(options.where));
  const window = takeWindow(pins, card.time_field);
  if (pins.size > 0) codec.checkPins(pins, logTypes);
  return { decode: { pins: pins.size > 0 ? pins : undefined, logTypes, hours: hoursOf(options.hours) }, ...window };
}

/** A range of the events' own time is the window of the run. */
function takeWindow(pins: Map<string, Condition>, timeField: string): { from?: number; to?: number } {
  const condition = pins.get(timeField);
  if (condition === undefined || condition === null || typeof condition !== 'object' || Array.isArray(condition)) return {};
  const range = condition as Exclude<Condition, readonly unknown[] | string | number | boolean | null>;
  pins.delete(timeField);
  const at = (bound: number | string | undefined, more: number): number | undefined => {
    if (bound === undefined) return undefined;
    const time = typeof bound === 'number' ? bound : Date.parse(bound);
    if (Number.isNaN(time)) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `"${bound}" is no time.`, 'Write times as in 2026-01-31T08:00:00Z.');
    return time + more;
  };
  return { from: at(range.gte, 0) ?? at(range.gt, 1), to: at(range.lt, 0) ?? at(range.lte, 1) };
}

/** Quarter hours of the UTC week. */
export function hoursOf(hours: GenerateOptions['hours']): Hours | undefined {
  if (hours === undefined) return undefined;
  const slotOf = (clock: string): number => (Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))) / SLOT_MINUTES;
  const [from, to] = [slotOf(hours.from), slotOf(hours.to)];
  if (from === to) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Hours from ${hours.from} to ${hours.to} hold no time.`, 'Leave the hours out for the whole day.');
  const allowed = new Uint8Array(WEEK);
  for (let at = 0; at < WEEK; at++) {
    const [day, slot] = [Math.floor(at / SLOTS), at % SLOTS];
    const within = from < to ? slot >= from && slot < to : slot >= from || slot < to;
    if (!within || (hours.weekdays.length > 0 && !hours.weekdays.includes(day))) continue;
    allowed[(((at - hours.utc_offset / SLOT_MINUTES) % WEEK) + WEEK) % WEEK] = 1;
  }
  return allowed;
}

/** The techniques that a condition stands for: itself, or its sub-techniques where only these were learned. */
export function techniquesOf(codec: Codec, technique: string): string[] {
  const known = codec.techniques.slice(1);
  const meant = known.includes(technique) ? [technique] : known.filter((id) => id.startsWith(`${technique}.`));
  if (meant.length > 0) return meant;
  throw new LyrebirdError(
    'LYREBIRD_UNKNOWN_TECHNIQUE',
    `The model has not learned technique ${technique}.`,
    known.length > 0
      ? `It knows ${known.join(', ')}. Train on events labelled with threat.technique.id to teach it more.`
      : 'It was trained on events without threat.technique.id. Train on labelled events to teach it techniques.'
  );
}

/** The entities of these names, as the model knows them. */
export function knownEntities(card: ModelCard, wanted: readonly string[]): string[] {
  const known = new Map(card.entities.map(({ name }) => [name.toLowerCase(), name]));
  return [...new Set(wanted)].map((name) => {
    const found = known.get(name.toLowerCase());
    if (found !== undefined) return found;
    const near = card.entities.filter((entity) => entity.name.toLowerCase().startsWith(name.slice(0, 2).toLowerCase())).slice(0, SHOWN);
    const shown = near.length > 0 ? near : card.entities.slice(0, SHOWN);
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_ENTITY',
      `The model does not know the entity "${name}".`,
      `It knows ${card.entities.length} entities, for example ${shown.map((entity) => `"${entity.name}"`).join(', ')}.`
    );
  });
}
