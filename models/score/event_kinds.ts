import type { Codec } from '../codec/types';
import { isEnd } from '../prepare';
import type { ReadEvent } from './scorer';
import { shown } from './explain';

export type KindedEvent = Pick<ReadEvent, 'encoded'> & { prepared: Pick<ReadEvent['prepared'], 'logType'> };

/** Kinds told apart in one log type at most. */
const MOST_KINDS = 256;
/** A field is about the events, not about the session, when it has several values in at least this share of the sessions that have it. */
const LEAST_VARYING = 0.1;
/** Of what is chosen among known values: numbers, times and identifiers make no kinds. */
const CHOSEN = new Set(['categorical', 'determined', 'text']);

export interface EventKindsJson {
  /** By log type, the fields whose values make a kind. */
  fields: Array<[logType: string, paths: string[]]>;
}

/**
 * What kind of thing an event is: its log type and its values in fields that change within a session and have few values (an event code, the
 * template of a line). Fields with fewer values first, for as long as they make few kinds.
 */
export class EventKinds {
  private constructor(private readonly fields: ReadonlyMap<string, readonly string[]>) {}

  static learn(codec: Codec, sessions: ReadonlyArray<readonly KindedEvent[]>): EventKinds {
    const fields = new Map<string, string[]>();
    for (const logType of new Set(sessions.flatMap((session) => session.map(({ prepared }) => prepared.logType)))) {
      const chosen = new Set(codec.describeFields().flatMap(({ path, log_type, kind }) => (log_type === logType && CHOSEN.has(kind) ? [path] : [])));
      const own = sessions.map((session) => session.filter(({ prepared }) => prepared.logType === logType));
      const events = own.flat();
      const candidates = [...chosen].filter((path) => varies(own, path)).map((path) => ({ path, values: new Set(events.map((event) => tokenOf(event, path))).size }));
      candidates.sort((a, b) => a.values - b.values || (a.path < b.path ? -1 : 1));
      const paths: string[] = [];
      for (const { path } of candidates) if (new Set(events.map((event) => keyOf(event, [...paths, path]))).size <= MOST_KINDS) paths.push(path);
      fields.set(logType, paths);
    }
    return new EventKinds(fields);
  }

  /** Equal for events of one kind. */
  kindOf(event: KindedEvent): string {
    const { logType } = event.prepared;
    return `${logType}\u0000${keyOf(event, this.fields.get(logType) ?? [])}`;
  }

  /** The kind as a person would read it: without what else the event says. `actual`: what is like nothing known, as it stands in the event. */
  describe(event: KindedEvent, codec: Codec, actual = false): string {
    const { logType } = event.prepared;
    const values = (this.fields.get(logType) ?? []).flatMap((path) => {
      const span = event.encoded.spans.find((own) => own.path === path);
      if (span === undefined) return [];
      const known = codec.describeToken(event.encoded.positions[span.from].field, event.encoded.tokens[span.from]);
      // `(new text)` and the like are words of the codec.
      return [actual && /^\(.*\)$/.test(known) ? shown(span.actual) : known];
    });
    return values.length > 0 ? values.join(' ') : logType;
  }

  toJSON(): EventKindsJson {
    return { fields: [...this.fields].map(([logType, paths]) => [logType, [...paths]]) };
  }

  static fromJSON({ fields }: EventKindsJson): EventKinds {
    return new EventKinds(new Map(fields));
  }
}

/** A session's events but for its end. */
export const withoutEnd = <T extends KindedEvent>(session: readonly T[]): T[] => session.filter(({ prepared }) => !isEnd(prepared));

/** The token that says the value, or the template of the text; -1 where rules say it. */
function tokenOf({ encoded }: KindedEvent, path: string): number {
  const span = encoded.spans.find((own) => own.path === path);
  return span === undefined ? -1 : encoded.tokens[span.from];
}

const keyOf = (event: KindedEvent, paths: readonly string[]): string => paths.map((path) => tokenOf(event, path)).join();

function varies(sessions: ReadonlyArray<readonly KindedEvent[]>, path: string): boolean {
  let having = 0;
  let varying = 0;
  for (const session of sessions) {
    const tokens = new Set(session.map((event) => tokenOf(event, path)));
    tokens.delete(-1);
    if (tokens.size > 0) having++;
    if (tokens.size > 1) varying++;
  }
  return having > 0 && varying >= LEAST_VARYING * having;
}
