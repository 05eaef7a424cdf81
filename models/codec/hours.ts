import { DAY_MS, dayOf, SLOT_MS, SLOTS, slotOf, weekdayOf, weekdayOfDay } from './gap';

/** When events may happen: quarter hours of the UTC day and days of the UTC week (0 = Sunday), 1 for each that is allowed. */
export interface Hours {
  slots: Uint8Array;
  weekdays: Uint8Array;
}

export const allowsTime = (hours: Hours, time: number): boolean => hours.slots[slotOf(time)] === 1 && hours.weekdays[weekdayOf(time)] === 1;

/** 1 for each of the days ahead of `today` on which something may happen at `earliest` or later. */
export function allowedDays(hours: Hours, today: number, earliest: number, days: number): Uint8Array {
  return Uint8Array.from({ length: days }, (_, ahead) => {
    const day = today + ahead;
    // The last stands for all days beyond.
    if (ahead === days - 1) return 1;
    return hours.weekdays[weekdayOfDay(day)] === 1 && allowedSlots(hours, day, earliest).includes(1) ? 1 : 0;
  });
}

/** 1 for each quarter hour of a day in which something may happen at `earliest` or later. */
export function allowedSlots(hours: Hours | undefined, day: number, earliest: number): Uint8Array {
  const past = day === dayOf(earliest) ? slotOf(earliest) : day < dayOf(earliest) ? SLOTS : 0;
  return Uint8Array.from({ length: SLOTS }, (_, slot) => (slot >= past && (hours?.slots[slot] ?? 1) === 1 ? 1 : 0));
}

/** The first allowed time in `from <= time <= to`; undefined when there is none. */
export function firstAllowed(hours: Hours, from: number, to: number): number | undefined {
  for (let time = from; time <= to; time = dayOf(time) * DAY_MS + (slotOf(time) + 1) * SLOT_MS) if (allowsTime(hours, time)) return time;
  return undefined;
}
