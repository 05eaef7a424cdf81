import type { EncodedEvent, PreparedEvent, Span } from '../codec/types';
import type { History } from './history';
import { visitLeaves } from './leaves';
import { keyOf, SHARED, Sightings } from './sightings';
import { predecessors, versionless } from './succession';
import { measureEvent, type EventMeasure } from './surprisal';

/** A new value stays news of its entity for so long, ms. */
const NEWS_MS = 3_600_000;
/** What is new has faded to 1/e after this, ms. */
const NEWS_DECAY_MS = 900_000;
const PACE_WINDOW_MS = 600_000;
/** Entities of which a state is kept; the one heard of longest ago is forgotten first. */
const MAX_ENTITIES = 20_000;
/** Consequences of one new value (its city, its network …) are told by this many fields. */
const MAX_FINDINGS = 2;

/** Something that is new for an entity. */
export interface Finding {
  path: string;
  actual: string;
  /** -ln of how often an event brings something as new, nats. */
  surprisal: number;
  /** Others that had had it for a day: 0 nobody, 1 or 2 few, 3 many. */
  others: number;
  /** When, ms. */
  time: number;
}

/** What an event says for itself, before it is known how usual that is. */
export interface Evidence {
  entity: string;
  logType: string;
  /** ms */
  time: number;
  measure: EventMeasure;
  /** What is new in the event, and has been of late: nats above what is new every day, decaying. */
  news: number;
  /** What is new in the event, the rarest first; or else the rarest of the last hour, if that still counts. */
  findings: Finding[];
  /** Events of the entity in the last ten minutes, and what it exceeds one time in twenty. */
  pace: { events: number; usual: number };
}

interface EntityState {
  news: number;
  time: number;
  finding?: Finding;
  recent: number[];
}

/** Takes events one after the other, in time order over all entities, and remembers what was new. */
export class EvidenceStream {
  private readonly states = new Map<string, EntityState>();

  constructor(
    private readonly history: History,
    private readonly sightings = new Sightings(history.sightings)
  ) {}

  add(prepared: PreparedEvent, encoded: EncodedEvent, logProbabilities: ArrayLike<number>): Evidence {
    const { entity, logType, time } = prepared;
    const state = this.stateOf(entity, time);
    const updates = new Set<string>();
    const found = this.findings(prepared, updates);
    const measure = measureEvent(encoded, logProbabilities, (span) => this.isNews(span, entity, time) && !tellsUpdates(span, updates));
    this.sightings.countEvent(entity);

    const elapsed = Math.max(0, time - state.time);
    state.news = state.news * Math.exp(-elapsed / NEWS_DECAY_MS) + Math.max(0, (found[0]?.surprisal ?? 0) - this.history.newsFrom);
    // What is left after hours is nothing, and must not outrank nothing.
    if (state.news < 0.01) state.news = 0;
    state.time = Math.max(state.time, time);
    if (found[0] !== undefined && (state.finding === undefined || time - state.finding.time > NEWS_MS || found[0].surprisal >= state.finding.surprisal)) state.finding = found[0];
    const carried = state.news > 0 && state.finding !== undefined && time - state.finding.time <= NEWS_MS ? [state.finding] : [];
    state.recent.push(time);
    while (state.recent[0] <= time - PACE_WINDOW_MS) state.recent.shift();
    return {
      entity,
      logType,
      time,
      measure,
      news: state.news,
      findings: found.length > 0 ? found.slice(0, MAX_FINDINGS) : carried,
      pace: { events: state.recent.length, usual: this.history.paceOf(entity) },
    };
  }

  /** What was learned and what was seen since, as something learned. */
  remembered(): History {
    return this.history.with(Sightings.fromJSON(this.sightings.toJSON()));
  }

  private stateOf(entity: string, time: number): EntityState {
    const state = this.states.get(entity) ?? { news: 0, time, recent: [] };
    this.states.delete(entity);
    this.states.set(entity, state);
    if (this.states.size > MAX_ENTITIES) this.states.delete(this.states.keys().next().value!);
    return state;
  }

  /** @param updates gets the paths whose values are next versions of what the entity had: no findings */
  private findings({ entity, time, event }: PreparedEvent, updates: Set<string>): Finding[] {
    const found: Finding[] = [];
    const known = this.sightings.eventsOf(entity);
    visitLeaves(event, (path, text) => {
      const rarity = this.history.rarity.get(path);
      if (rarity === undefined) return;
      const { since, others } = this.sightings.see(keyOf(path, text), entity, time);
      if (since !== undefined && since <= time - NEWS_MS) return;
      if (this.isUpdate(path, text, entity, time)) {
        updates.add(path);
        return;
      }
      if (since !== undefined) return;
      const rate = rarity[others === 0 ? 0 : others < SHARED ? 1 : 2];
      // Of an entity with n events behind it nobody can say that it does something less often than once in n + 1 (Laplace).
      const surprisal = others === 0 ? rate : Math.min(rate, Math.log(known + 1));
      if (surprisal > 0) found.push({ path, actual: text, surprisal, others, time });
    });
    return found.sort((a, b) => b.surprisal - a.surprisal || a.path.length - b.path.length);
  }

  /** Whether the value is the next version of one that the entity had an hour ago. */
  private isUpdate(path: string, text: string, entity: string, time: number): boolean {
    const bare = versionless(text);
    if (bare === undefined) return [...predecessors(text)].some((earlier) => this.sightings.had(keyOf(path, earlier), entity));
    const { since } = this.sightings.see(keyOf(path, bare), entity, time);
    return since !== undefined && since <= time - NEWS_MS;
  }

  /** Whether the unseen value or the broken rule is still news: not when the entity has it for an hour, or others for a day. */
  private isNews(span: Span, entity: string, time: number): boolean {
    const text = span.reason === 'violation' ? `${span.actual}\u0000${span.cause ?? ''}` : span.actual;
    const { since, others } = this.sightings.see(keyOf(span.path, text), entity, time);
    return (since === undefined || since > time - NEWS_MS) && others < SHARED;
  }
}

/** Whether an unseen value is a next version, or the rules that are broken are those of fields that have one. */
function tellsUpdates({ path, actual }: Span, updates: ReadonlySet<string>): boolean {
  if (updates.size === 0) return false;
  return path === '@structure' ? actual.split(', ').every((name) => updates.has(name)) : updates.has(path);
}
