import { LyrebirdError } from '../errors';
import type { LogEvent } from '../events';
import { EventWalk } from './event_walk';
import { Identifiers } from './identifiers';
import type { Pseudonyms } from './pseudonyms';

/** Identifiers held in memory, some 300 bytes each. */
export const MAX_IDENTIFIERS = 1_000_000;
/** Chosen values remembered as taken apart already. */
const SEEN = 100_000;

/**
 * Pseudonymises events: values of the chosen fields whole, and in all other texts, and in keys, the identifiers that the chosen fields hold.
 * First `collect` from all events, then `apply` to each: a name that is mentioned before its own event comes is found as well.
 */
export class EventPseudonymiser {
  private readonly identifiers: Identifiers;
  private readonly forward: EventWalk;
  private backward?: EventWalk;
  private readonly seen = new Set<string>();

  /** @param fields dotted paths; what lies below a path is chosen with it */
  constructor(
    readonly pseudonyms: Pseudonyms,
    readonly fields: readonly string[]
  ) {
    this.identifiers = new Identifiers(pseudonyms);
    this.forward = new EventWalk(fields, (text) => pseudonyms.of(text), (n) => pseudonyms.ofNumber(n));
  }

  /** Everything collected, to `load` into another one. */
  collected(from = 0): readonly string[] {
    return this.identifiers.since(from);
  }

  /** Remembers the identifiers of an event. @throws LYREBIRD_TOO_LARGE beyond MAX_IDENTIFIERS */
  collect(event: LogEvent): void {
    this.forward.eachChosen(event, (value) => this.learn(String(value)));
  }

  /** Remembers what the pseudonyms of an event stand for: `collect` for the way back. */
  collectPseudonyms(event: LogEvent): void {
    this.forward.eachChosen(event, (value) => this.learn(typeof value === 'number' ? String(this.pseudonyms.revealNumber(value)) : this.pseudonyms.reveal(value)));
  }

  load(identifiers: Iterable<string>): void {
    const before = this.identifiers.size;
    for (const atom of identifiers) this.identifiers.load(atom);
    this.take(before);
  }

  /** The event under pseudonyms; what it holds itself is collected first. The given event is not changed. */
  apply(event: LogEvent): LogEvent {
    this.collect(event);
    return this.forward.event(event);
  }

  /** The value of a field by its path; of no chosen one, its mentions are replaced. */
  value(path: string, value: string): string {
    return this.forward.isChosen(path) ? this.pseudonyms.of(value) : this.forward.mentions.replace(value);
  }

  /** Whether the field's values are pseudonymised whole. */
  isChosen(path: string): boolean {
    return this.forward.isChosen(path);
  }

  /** Undoes `apply`, in texts of other fields as far as the collected identifiers reach. */
  reveal(event: LogEvent): LogEvent {
    return this.inverse().event(event);
  }

  /** Undoes `value`. */
  revealValue(path: string, value: string): string {
    const inverse = this.inverse();
    return inverse.isChosen(path) ? this.pseudonyms.reveal(value) : inverse.mentions.replace(value);
  }

  /**
   * The name behind an entity's pseudonym. Where entities may also come from fields that are not chosen, only a known identifier is taken
   * for one.
   */
  revealEntity(entity: string, entityFields: readonly string[]): string {
    const revealed = this.pseudonyms.reveal(entity);
    if (entityFields.every((field) => this.forward.isChosen(field))) return revealed;
    return this.identifiers.has(revealed) ? revealed : this.revealValue(entityFields[0] ?? '', entity);
  }

  private learn(value: string): void {
    if (this.seen.has(value)) return;
    if (this.seen.size >= SEEN) this.seen.clear();
    this.seen.add(value);
    const before = this.identifiers.size;
    this.identifiers.add(value);
    this.take(before);
  }

  /** Makes the identifiers from `before` on known to the searches. */
  private take(before: number): void {
    if (this.identifiers.size > MAX_IDENTIFIERS) {
      throw new LyrebirdError('LYREBIRD_TOO_LARGE', `The chosen fields hold more than ${MAX_IDENTIFIERS} identifiers.`, 'Leave out fields that hold an id of every single event; they name nobody.');
    }
    for (const atom of this.identifiers.since(before)) {
      this.forward.mentions.add(atom);
      this.backward?.mentions.add(this.pseudonyms.of(atom));
    }
  }

  private inverse(): EventWalk {
    if (this.backward === undefined) {
      const { pseudonyms } = this;
      this.backward = new EventWalk(this.fields, (text) => pseudonyms.reveal(text), (n) => pseudonyms.revealNumber(n));
      for (const atom of this.identifiers.since(0)) this.backward.mentions.add(pseudonyms.of(atom));
    }
    return this.backward;
  }
}
