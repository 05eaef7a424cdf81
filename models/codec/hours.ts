import { DAY_MS, dayOf, SLOT_MS, SLOTS, slotOf, weekdayOf, weekdayOfDay } from './gap';

/** When events may happen: 1 for each quarter hour of the UTC week that is allowed, at `weekday * 96 + slot` (0 = Sunday). */
export type Hours = Uint8Array;

export const allowsTime = (hours: Hours, time: number): boolean => hours[weekdayOf(time) * SLOTS + slotOf(time)] === 1;

/** 1 for each of the days ahead of `today` on which something may happen at `earliest` or later. */
export function allowedDays(hours: Hours, today: number, earliest: number, days: number): Uint8Array {
  // The last stands for all days beyond.
  return Uint8Array.from({ length: days }, (_, ahead) => (ahead === days - 1 || allowedSlots(hours, today + ahead, earliest).includes(1) ? 1 : 0));
}

/** 1 for each quarter hour of a day in which something may happen at `earliest` or later. */
export function allowedSlots(hours: Hours | undefined, day: number, earliest: number): Uint8Array {
  const past = day === dayOf(earliest) ? slotOf(earliest) : day < dayOf(earliest) ? SLOTS : 0;
  const week = weekdayOfDay(day) * SLOTS;
  return Uint8Array.from({ length: SLOTS }, (_, slot) => (slot >= past && (hours?.[week + slot] ?? 1) === 1 ? 1 : 0));
}

/** The first allowed time in `from <= time <= to`; undefined when there is none. */
export function firstAllowed(hours: Hours, from: number, to: number): number | undefined {
  for (let time = from; time <= to; time = dayOf(time) * DAY_MS + (slotOf(time) + 1) * SLOT_MS) if (allowsTime(hours, time)) return time;
  return undefined;
}
