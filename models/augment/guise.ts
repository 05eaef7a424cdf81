import type { LogEvent } from '../../common';
import type { Codec, PreparedEvent } from '../codec/types';
import { replaceValues, type IdentityMaker } from '../generate';
import { visitLeaves } from '../score';

/** Real events of an entity that are looked at: of one with little history, all. */
const LOOKED_AT = 500;

/** The values that an entity has had, by log type and path. */
export class Looks {
  private readonly counts = new Map<string, Map<string, number>>();
  private events = 0;

  add({ event, logType }: PreparedEvent): void {
    if (this.events++ >= LOOKED_AT) return;
    visitLeaves(event, (path, text) => {
      for (const key of [path, `${logType}\u0000${path}`]) {
        let values = this.counts.get(key);
        if (values === undefined) this.counts.set(key, (values = new Map()));
        values.set(text, (values.get(text) ?? 0) + 1);
      }
    });
  }

  /** The most frequent one: in the log type, or else in any. */
  usual(logType: string, path: string): string | undefined {
    let [best, most] = [undefined as string | undefined, 0];
    for (const [value, count] of this.counts.get(`${logType}\u0000${path}`) ?? this.counts.get(path) ?? []) if (count > most) [best, most] = [value, count];
    return best;
  }
}

/**
 * Gives events that one entity's habits wrote the looks of another: where the first has values of its own (its id, its device), the second has
 * those that it has had itself, and what it has not shown yet is made up, of the same format. All else stays as it was written: where the few real
 * events are the only look in many, a model learns that there is no other.
 */
export class Guise {
  private readonly made: ReadonlyMap<string, string>;

  constructor(
    codec: Codec,
    voice: string,
    private readonly looks: Looks,
    maker: IdentityMaker,
    number: number
  ) {
    this.made = codec.ownValues(voice).length === 0 ? new Map() : maker.make(voice, number, new Set()).fresh;
  }

  put(event: LogEvent, logType: string): LogEvent {
    if (this.made.size === 0) return event;
    // Mentions of a value in other fields become what it becomes.
    const found = new Map<string, string>();
    visitLeaves(event, (path, text) => {
      const own = this.made.has(text) ? this.looks.usual(logType, path) : undefined;
      if (own !== undefined) found.set(text, own);
    });
    return replaceValues(event, new Map([...this.made, ...found]));
  }
}
