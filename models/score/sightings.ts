/** A value that another entity has had for this long, ms, counts as theirs: what an attacker does to many at once is not. */
const SETTLED_MS = 86_400_000;
/** So many other entities make a value common property. */
export const SHARED = 3;
/** What so many entities have had, all have had: their names need not be kept. */
const EVERYBODY = 256;
/** Pairs of a value and an entity that are remembered beside the learned ones; the value met first is forgotten first. */
const MAX_PAIRS = 500_000;

/** What was known of a value when an entity had it. */
export interface Sighting {
  /** When the entity had it first, ms; -Infinity in training, undefined when never before this time. */
  since: number | undefined;
  /** Other entities that have had it for a day or longer; counted up to `SHARED`. */
  others: number;
}

export interface SightingsJson {
  entities: Array<[name: string, events: number]>;
  /** Per value its key, then the entities that had it in training by their place above; none where everybody had it. */
  values: number[][];
  /** Who had it first after training, and when, ms. */
  later: Array<[key: number, entity: number, time: number]>;
}

/**
 * Who has had which value, and since when. Built on what was learned, it remembers what comes on top, in bounded memory; what
 * was learned is never changed, so that many can share it.
 */
export class Sightings {
  private readonly ids = new Map<string, number>();
  private readonly events = new Map<number, number>();
  /** Key of a value -> entity -> when first, ms. Null: everybody. */
  private readonly values = new Map<number, Map<number, number> | null>();
  private pairs = 0;

  constructor(
    private readonly learned?: Sightings,
    private readonly maxPairs = MAX_PAIRS
  ) {}

  /** Events of the entity so far. */
  eventsOf(entity: string): number {
    const id = this.idOf(entity);
    return id === undefined ? 0 : this.eventsOfId(id);
  }

  countEvent(entity: string): void {
    const id = this.idOf(entity) ?? this.newId(entity);
    this.events.set(id, (this.events.get(id) ?? 0) + 1);
  }

  /** What is known of the value, and remembers that the entity has it now. Times of one entity must not fall. */
  see(key: number, entity: string, time: number): Sighting {
    const id = this.idOf(entity) ?? this.newId(entity);
    const before = this.learned?.values.get(key);
    const own = this.values.get(key);
    if (before === null || own === null) return { since: -Infinity, others: SHARED };
    // What was learned from this very event, or from later ones, is not known yet when they are read again.
    const learned = before?.get(id);
    const since = learned !== undefined && learned < time ? learned : own?.get(id);
    const others = settled(before, id, time - SETTLED_MS) + settled(own, id, time - SETTLED_MS, before);
    if (since === undefined) this.add(key, id, time, own);
    return { since, others: Math.min(others, SHARED) };
  }

  /** Whether the entity has had the value. */
  had(key: number, entity: string): boolean {
    const id = this.idOf(entity);
    if (id === undefined) return false;
    const [before, own] = [this.learned?.values.get(key), this.values.get(key)];
    return before === null || own === null || before?.has(id) === true || own?.has(id) === true;
  }

  /** Learns that the entity has had the value. */
  learn(key: number, entity: string): void {
    const id = this.idOf(entity) ?? this.newId(entity);
    const own = this.values.get(key);
    if (own !== null && !own?.has(id)) this.add(key, id, -Infinity, own);
  }

  learnEvents(entity: string, events: number): void {
    const id = this.idOf(entity) ?? this.newId(entity);
    this.events.set(id, (this.events.get(id) ?? 0) + events);
  }

  private add(key: number, id: number, time: number, own: Map<number, number> | undefined): void {
    if (own === undefined) this.values.set(key, (own = new Map()));
    own.set(id, time);
    this.pairs++;
    if (own.size >= EVERYBODY) {
      this.values.set(key, null);
      this.pairs -= own.size;
    }
    while (this.pairs > this.maxPairs) {
      const [oldest, entities] = this.values.entries().next().value!;
      this.values.delete(oldest);
      this.pairs -= entities?.size ?? 0;
    }
  }

  private idOf(entity: string): number | undefined {
    return this.learned?.ids.get(entity) ?? this.ids.get(entity);
  }

  private eventsOfId(id: number): number {
    return (this.learned?.events.get(id) ?? 0) + (this.events.get(id) ?? 0);
  }

  private newId(entity: string): number {
    const id = (this.learned?.ids.size ?? 0) + this.ids.size;
    this.ids.set(entity, id);
    return id;
  }

  /** All that is known, the learned part included. */
  toJSON(): SightingsJson {
    const names = [...(this.learned?.ids ?? []), ...this.ids];
    const values: number[][] = [];
    const later: SightingsJson['later'] = [];
    for (const key of new Set([...(this.learned?.values.keys() ?? []), ...this.values.keys()])) {
      const [before, own] = [this.learned?.values.get(key), this.values.get(key)];
      if (before === null || own === null) {
        values.push([key]);
        continue;
      }
      const all = [...(own ?? []), ...(before ?? [])];
      const inTraining = all.filter(([, since]) => since === -Infinity).map(([id]) => id);
      if (inTraining.length > 0) values.push([key, ...inTraining]);
      for (const [id, since] of all) if (since !== -Infinity) later.push([key, id, since]);
    }
    return { entities: names.map(([name, id]) => [name, this.eventsOfId(id)]), values, later };
  }

  static fromJSON({ entities, values, later }: SightingsJson): Sightings {
    const sightings = new Sightings(undefined, Infinity);
    entities.forEach(([name, events], id) => {
      sightings.ids.set(name, id);
      sightings.events.set(id, events);
    });
    for (const [key, ...ids] of values) sightings.values.set(key, ids.length === 0 ? null : new Map(ids.map((id) => [id, -Infinity])));
    for (const [key, id, since] of later) {
      const had = sightings.values.get(key);
      if (had === undefined) sightings.values.set(key, new Map([[id, since]]));
      else had?.set(id, since);
    }
    return sightings;
  }
}

/** How many others than `except`, and than those `counted` already, have had it since `until` or longer. */
function settled(entities: Map<number, number> | null | undefined, except: number, until: number, counted?: Map<number, number>): number {
  let count = 0;
  if (entities) {
    for (const [id, since] of entities) {
      if (id !== except && since <= until && !counted?.has(id) && ++count === SHARED) break;
    }
  }
  return count;
}

/** A value of a field as a number: 53 bits of a hash (cyrb53 by bryc, public domain), so that no value itself is kept. */
export function keyOf(path: string, text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  const length = path.length + 1 + text.length;
  for (let i = 0; i < length; i++) {
    const code = i < path.length ? path.charCodeAt(i) : i === path.length ? 0 : text.charCodeAt(i - path.length - 1);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
