import type { Json, LogEvent } from '../events';
import { lowerCase } from '../entity';
import { Mentions } from './mentions';

/** Fields that say what an event is, not whose: never searched for mentions, unless chosen. */
const SCHEMA_FIELDS: ReadonlySet<string> = new Set([
  ...['@timestamp', 'event.dataset', 'event.module', 'event.kind', 'event.category', 'event.type', 'event.outcome'],
  ...['data_stream', 'ecs', 'threat'],
]);
/** Keys that are names of fields even where an account has that name. */
const FIELD_WORDS: ReadonlySet<string> = new Set(
  ('action actor address agent app application as body bytes category city client cloud code container country data date destination device dns domain duration email ' +
    'error event field file geo group hash headers host hostname http id index info ip key kind label labels level list log mac message meta metadata method mode ' +
    'module name network object operation organization os outcome owner parent path pid port process product properties protocol provider query reason region registry ' +
    'related request resource response result role rule scope server service session severity source state status tag tags target text thread time timestamp title ' +
    'tls token trace transaction type uri url user user_agent username value values vendor version zone').split(' ')
);
/** Paths remembered; beyond that (keys that are data) each is looked at anew. */
const MAX_PLACES = 20_000;
/** Smaller numbers are no ids. */
const MIN_NUMBER = 10_000;

/** What is known of a place in events. `leads`: chosen fields lie below it. */
interface Place {
  path: string;
  treatment: 'chosen' | 'searched' | 'left';
  leads: boolean;
  children: Map<string, Place>;
}

/** One way through events, to pseudonyms or back: `value` for what the chosen fields hold, mentions everywhere else. */
export class EventWalk {
  readonly mentions: Mentions;
  private readonly chosen: ReadonlySet<string>;
  private readonly onTheWay = new Set<string>();
  private readonly names = new Set<string>();
  private readonly root: Place;
  private places = 0;

  constructor(
    fields: readonly string[],
    private readonly value: (text: string) => string,
    private readonly number: (n: number) => number
  ) {
    this.chosen = new Set(fields);
    for (const field of fields) {
      for (const name of field.split('.')) this.names.add(lowerCase(name));
      for (let dot = field.indexOf('.'); dot !== -1; dot = field.indexOf('.', dot + 1)) this.onTheWay.add(field.slice(0, dot));
    }
    this.mentions = new Mentions(value);
    this.root = { path: '', treatment: 'searched', leads: true, children: new Map() };
  }

  isChosen(path: string): boolean {
    return someStart(path, this.chosen);
  }

  /** The event with everything replaced. Shares nothing with the given one that could change. */
  event(event: LogEvent): LogEvent {
    return this.walk(event, this.root) as LogEvent;
  }

  /** Visits the values of the chosen fields. */
  eachChosen(value: Json, visit: (value: string | number) => void, place = this.root): void {
    if (!place.leads) return;
    if (Array.isArray(value)) for (const item of value) this.eachChosen(item, visit, place);
    else if (typeof value === 'object' && value !== null) for (const key of Object.keys(value)) this.eachChosen(value[key], visit, this.child(place, key));
    else if (place.treatment === 'chosen' && (typeof value === 'string' || typeof value === 'number')) visit(value);
  }

  private walk(value: Json, place: Place): Json {
    if (typeof value === 'string') {
      if (place.treatment === 'chosen') return this.value(value);
      return place.treatment === 'left' ? value : this.mentions.replace(value);
    }
    if (typeof value === 'number') return this.walkNumber(value, place);
    if (value === null || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((item) => this.walk(item, place));
    const copy: LogEvent = {};
    for (const key of Object.keys(value)) {
      const child = this.child(place, key);
      const result = this.walk(value[key], child);
      const written = child.treatment === 'left' ? key : this.keyOf(key);
      // A plain assignment would lose a key named __proto__.
      if (written === '__proto__') Object.defineProperty(copy, written, { value: result, enumerable: true, writable: true, configurable: true });
      else copy[written] = result;
    }
    return copy;
  }

  private walkNumber(value: number, { treatment }: Place): number {
    if (treatment === 'chosen') return this.number(value);
    if (treatment === 'left' || !Number.isSafeInteger(value) || value < MIN_NUMBER) return value;
    return this.mentions.isKnown(String(value)) ? this.number(value) : value;
  }

  /** Keys name fields as a rule. One that is an identifier itself is data, and so is one that no field would have for a name. */
  private keyOf(key: string): string {
    if (/^[A-Za-z_@][A-Za-z_.-]*$/.test(key)) {
      const word = lowerCase(key);
      return this.mentions.isKnown(key) && !FIELD_WORDS.has(word) && !this.names.has(word) && !this.chosen.has(key) ? this.value(key) : key;
    }
    return this.names.has(lowerCase(key)) || this.chosen.has(key) ? key : this.mentions.replace(key);
  }

  private child(place: Place, key: string): Place {
    const known = place.children.get(key);
    if (known !== undefined) return known;
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const chosen = place.treatment === 'chosen' || this.isChosen(path);
    const treatment = chosen ? 'chosen' : place.treatment === 'left' || someStart(path, SCHEMA_FIELDS) ? 'left' : 'searched';
    const child: Place = { path, treatment, leads: chosen || this.onTheWay.has(path), children: new Map() };
    if (this.places < MAX_PLACES) {
      place.children.set(key, child);
      this.places++;
    }
    return child;
  }
}

/** Whether the path or one that it lies below is in the set. */
function someStart(path: string, set: ReadonlySet<string>): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) if (set.has(path.slice(0, end))) return true;
  return false;
}
