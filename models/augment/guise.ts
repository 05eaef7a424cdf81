import type { Json, LogEvent } from '../../common';
import type { Codec, PreparedEvent } from '../codec/types';
import { replaceValues, type IdentityMaker } from '../generate';
import { visitLeaves } from '../score';
import { lookOf } from './survey';

/** Real events of an entity that are remembered: the newest. */
const REMEMBERED = 200;
/** Nobody changes device and place from one event to the next. */
const KEPT_MS = 12 * 3_600_000;

type Scalar = string | number | boolean | null;

/** What an entity has looked like: of each real event the values that say who it is, with what and from where. */
export class Looks {
  private readonly seen: Array<{ logType: string; values: ReadonlyMap<string, Scalar> }> = [];

  /** @param fields of looks, as `lookOf` names them */
  constructor(readonly fields: ReadonlySet<string>) {}

  add({ event, logType }: PreparedEvent): void {
    const values = new Map<string, Scalar>();
    mapLeaves(event, (path, value) => {
      if (this.fields.has(lookOf(logType, path))) values.set(path, value);
      return value;
    });
    this.seen.push({ logType, values });
    if (this.seen.length > REMEMBERED) this.seen.shift();
  }

  /** Those of one event, of the log type if there is any. */
  draw(logType: string, random: () => number): ReadonlyMap<string, Scalar> {
    const same = this.seen.filter((one) => one.logType === logType);
    const from = same.length > 0 ? same : this.seen;
    return from[Math.floor(random() * from.length)]?.values ?? new Map();
  }
}

/**
 * Gives events that one entity's habits wrote the looks of another: what it has looked like itself where that is known, and what else is the
 * first one's own (its id, its device) made up anew, of the same format.
 */
export class Guise {
  private readonly made: ReadonlyMap<string, string>;
  private readonly worn = new Map<string, { look: ReadonlyMap<string, Scalar>; until: number }>();

  constructor(
    codec: Codec,
    voice: string,
    private readonly looks: Looks,
    maker: IdentityMaker,
    number: number,
    private readonly random: () => number
  ) {
    this.made = codec.ownValues(voice).length === 0 ? new Map() : maker.make(voice, number, new Set()).fresh;
  }

  /** @param time ms, not falling */
  put(event: LogEvent, logType: string, time: number): LogEvent {
    let worn = this.worn.get(logType);
    if (worn === undefined || time >= worn.until) this.worn.set(logType, (worn = { look: this.looks.draw(logType, this.random), until: time + KEPT_MS }));
    const look = new Map([...worn.look].filter(([path]) => this.looks.fields.has(lookOf(logType, path))));
    // What the first one's own values became is said by the same fields everywhere, so mentions of them become it, too.
    const found = new Map<string, string>();
    visitLeaves(event, (path, text) => {
      const own = look.get(path);
      if (this.made.has(text) && own !== undefined && own !== null) found.set(text, String(own));
    });
    const dressed = mapLeaves(event, (path, value) => look.get(path) ?? value) as LogEvent;
    return replaceValues(dressed, new Map([...this.made, ...found]));
  }
}

/** An event with other scalars: paths as `visitLeaves` has them. */
function mapLeaves(value: Json, change: (path: string, value: Scalar) => Scalar, path = ''): Json {
  if (value === null || typeof value !== 'object') return change(path, value);
  if (Array.isArray(value)) return value.map((item, i) => mapLeaves(item, change, `${path}[${i}]`));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapLeaves(inner, change, path === '' ? key : `${path}.${key}`)]));
}
