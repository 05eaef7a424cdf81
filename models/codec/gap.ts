import type { Reader, Walk, Writer } from './grammar';
import { DAY, GAP, SLOT } from './grammar';
import { Bins } from './kinds/bins';
import { duration } from './duration';
import { allowedDays, allowedSlots, allowsTime, firstAllowed, type Hours } from './hours';
import type { GapSpec } from './spec';

/** From this gap on the next event is placed by day and quarter hour, ms. */
export const LONG_GAP = 3 * 3_600_000;
/** A silence that ends a session, ms. */
export const SESSION_PAUSE = 30 * 60_000;
/** Days ahead that have a token of their own; one more stands for all beyond. */
export const MORE_DAYS = 15;
export const DAY_MS = 86_400_000;
export const SLOT_MS = 900_000;
export const SLOTS = 96;

/** Numbers of events at which a session's next step begins: its length is told as coarsely as sessions differ. */
const STEPS = [1, 2, 3, 4, 5, 7, 10, 15, 22, 32, 48, 80];
const PLACES_EACH = STEPS.length + 1;
/** Places in a session, then those in an attack, the first of which is one that is not known. */
export const PLACES = 2 * PLACES_EACH;
const stepOf = (events: number): number => STEPS.filter((step) => step <= events).length;
/** The place of an event that comes after `events` of its session. */
export const placeInSession = stepOf;
/** The place of an event of an attack that has so many left. */
export const placeInAttack = (left: number | undefined): number => PLACES_EACH + stepOf(left ?? 0);

export const dayOf = (time: number): number => Math.floor(time / DAY_MS);
export const slotOf = (time: number): number => Math.floor((time - dayOf(time) * DAY_MS) / SLOT_MS);
/** 0 = Sunday; 1 January 1970 was a Thursday. */
export const weekdayOfDay = (day: number): number => (((day + 4) % 7) + 7) % 7;
export const weekdayOf = (time: number): number => weekdayOfDay(dayOf(time));

/**
 * The time of a stream's next event: a gap of up to some hours, or LONG, then the day, then the quarter hour (UTC). A stream's first
 * event has day and quarter hour only. Writing and reading stand side by side.
 */
export class Gap {
  readonly gapTokens: number;
  readonly dayTokens = MORE_DAYS + 1;
  readonly slotTokens = SLOTS;
  private readonly within: Bins;
  private readonly far: Bins;

  constructor(
    spec: GapSpec,
    private readonly gapLo: number,
    private readonly dayLo: number,
    private readonly slotLo: number
  ) {
    this.within = new Bins(spec.within);
    this.far = new Bins(spec.far);
    this.gapTokens = this.within.size + 1;
  }

  /** Sets the writer's slot and weekday to the event's when done. */
  write(time: number, previous: number, first: boolean, writer: Writer): void {
    setClock(writer, previous);
    writer.residual.push(time);
    const gap = time - previous;
    if (!first && (gap < LONG_GAP && this.within.size > 0)) {
      const bin = this.within.find(Math.max(gap, 0));
      writer.put(GAP, this.gapLo + bin);
      if (this.isPause(bin)) writer.place = writer.resumed;
    } else {
      if (!first) writer.put(GAP, this.gapLo + this.within.size);
      writer.place = writer.resumed;
      const earliest = first ? previous : previous + LONG_GAP;
      const at = Math.max(time, earliest);
      const ahead = dayOf(at) - dayOf(previous);
      writer.put(DAY, this.dayLo + Math.min(ahead, MORE_DAYS));
      writer.weekday = weekdayOfDay(dayOf(at));
      writer.put(SLOT, this.slotLo + slotOf(at));
    }
    setClock(writer, time);
  }

  /** The event's time, before it is rounded to what its log type can tell apart. */
  *read(previous: number, first: boolean, reader: Reader, hours?: Hours, at?: number): Walk<number> {
    if (at !== undefined) return yield* this.readFixed(Math.max(at, previous), previous, first, reader);
    setClock(reader, previous);
    const exact = reader.exact ? (reader.take() as number) : undefined;
    let time = previous;
    let long = first;
    const more = this.gapLo + this.within.size;
    if (!first) {
      const mask = hours && Uint8Array.from({ length: this.gapTokens }, (_, bin) => (bin === this.within.size || firstAllowed(hours, previous + this.within.range(bin)[0], previous + this.within.range(bin)[1]) !== undefined ? 1 : 0));
      const token = (yield* reader.choose(GAP, this.gapLo, this.gapLo + this.gapTokens, mask)) - this.gapLo;
      long = token === this.within.size;
      if (!long) time = exact ?? this.drawWithin(previous, token, reader, hours);
      if (!long && this.isPause(token)) reader.place = reader.resumed;
    } else if (!reader.exact) {
      // Streams begin where the last event was long ago: most of what a model has seen of that is in the middle of streams.
      yield* reader.choose(GAP, more, more + 1);
    }
    if (long) {
      reader.place = reader.resumed;
      const earliest = first ? previous : previous + LONG_GAP;
      const today = dayOf(previous);
      const skipped = dayOf(earliest) - today;
      const days = hours
        ? allowedDays(hours, today, earliest, this.dayTokens)
        : skipped > 0
          ? Uint8Array.from({ length: this.dayTokens }, (_, day) => (day >= skipped ? 1 : 0))
          : undefined;
      const ahead = (yield* reader.choose(DAY, this.dayLo, this.dayLo + this.dayTokens, days)) - this.dayLo;
      let day = today + (ahead < MORE_DAYS ? ahead : exact !== undefined ? dayOf(Math.max(exact, earliest)) - today : this.drawFar(reader));
      while (hours && !allowedSlots(hours, day, earliest).includes(1)) day++;
      reader.weekday = weekdayOfDay(day);
      const past = day === dayOf(earliest) ? slotOf(earliest) : 0;
      const slots = hours || past > 0 ? allowedSlots(hours, day, earliest) : undefined;
      const slot = (yield* reader.choose(SLOT, this.slotLo, this.slotLo + SLOTS, slots)) - this.slotLo;
      const from = Math.max(day * DAY_MS + slot * SLOT_MS, earliest);
      const to = day * DAY_MS + (slot + 1) * SLOT_MS;
      time = exact ?? Math.floor(from + reader.random() * (to - from));
    }
    setClock(reader, time);
    return time;
  }

  /** A time that is given beforehand, by the tokens that `write` has for it. */
  private *readFixed(time: number, previous: number, first: boolean, reader: Reader): Walk<number> {
    const { tokens, positions, place } = reader.draft((writer) => this.write(time, previous, first && time - previous < LONG_GAP, writer));
    for (const [i, position] of positions.entries()) {
      reader.slot = position.slot;
      reader.weekday = position.weekday;
      reader.place = position.place;
      yield* reader.choose(position.field, tokens[i], tokens[i] + 1);
    }
    reader.place = place;
    setClock(reader, time);
    return time;
  }

  private isPause(bin: number): boolean {
    return this.within.range(bin)[0] >= SESSION_PAUSE;
  }

  private drawWithin(previous: number, bin: number, reader: Reader, hours?: Hours): number {
    const time = previous + this.within.draw(bin, reader.random);
    if (!hours || allowsTime(hours, time)) return time;
    const [lo, hi] = this.within.range(bin);
    return firstAllowed(hours, previous + lo, previous + hi) ?? time;
  }

  /** Rounds a drawn time to the type's step; never before the previous event. */
  static round(time: number, previous: number, step: number): number {
    const rounded = Math.floor(time / step) * step;
    return rounded >= previous ? rounded : Math.ceil(time / step) * step;
  }

  /** What a token of the gap, the day or the quarter hour stands for. */
  describe(token: number): string {
    if (token < this.dayLo) {
      const bin = token - this.gapLo;
      if (bin === this.within.size) return `more than ${duration(LONG_GAP)} later`;
      const [lo, hi] = this.within.range(bin);
      const [from, to] = [duration(lo), duration(hi)];
      return from === to ? `${from} later` : `${from} to ${to} later`;
    }
    if (token < this.slotLo) {
      const ahead = token - this.dayLo;
      return ahead === 0 ? 'the same day' : ahead === 1 ? 'the next day' : ahead === MORE_DAYS ? `${MORE_DAYS} days later or more` : `${ahead} days later`;
    }
    const minutes = (token - this.slotLo) * (SLOT_MS / 60_000);
    return `${clock(minutes)} to ${clock(minutes + SLOT_MS / 60_000)} UTC`;
  }

  private drawFar(reader: Reader): number {
    return this.far.size === 0 ? MORE_DAYS : Math.round(this.far.draw(Math.floor(reader.random() * this.far.size), reader.random));
  }
}

const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

function setClock(clock: { slot: number; weekday: number }, time: number): void {
  clock.slot = slotOf(time);
  clock.weekday = weekdayOf(time);
}
