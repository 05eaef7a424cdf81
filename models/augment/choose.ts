import { LyrebirdError, type AugmentOptions } from '../../common';
import type { Known, Survey } from './survey';

/** Events below which nobody has much history, and the share of the median up to which it counts as little. */
const LEAST_LITTLE = 30;
const LITTLE_SHARE = 1 / 4;
/** Entities that events are written for in one run: those with the least history. */
const MOST_CHOSEN = 2_000;
/** How many entities an error names. */
const SHOWN = 5;

export interface Chosen {
  name: string;
  /** Real ones that it has. */
  events: number;
  /** Whose habits it is given, the most alike first. */
  peers: string[];
}

/** Events up to which an entity has little history: what was asked for, or a quarter of what the entity in the middle has. */
export const littleOf = (survey: Survey, { at_most }: Pick<AugmentOptions, 'at_most'>): number => at_most ?? Math.max(LEAST_LITTLE, Math.floor(LITTLE_SHARE * survey.median()));

/**
 * Entities to write events for, with their peers. Who is named is taken as he is, unless `at_most` is set, too.
 *
 * @param voices entities that the model can write as
 * @throws LYREBIRD_UNKNOWN_ENTITY for a name that the events lack, LYREBIRD_NO_EVENTS when nobody has little history
 */
export function choose(survey: Survey, voices: ReadonlySet<string>, options: Pick<AugmentOptions, 'entities' | 'where' | 'at_most' | 'peers'>): Chosen[] {
  const little = littleOf(survey, options);
  const names = options.entities.length > 0 ? namedIn(survey, options.entities) : [...survey.entities.keys()];
  const isLittle = ({ events }: Known) => events <= little || (options.entities.length > 0 && options.at_most === undefined);
  const isAsked = ({ asked, met }: Known) => Object.keys(options.where).length === 0 || met > asked / 2;
  const chosen = names
    .map((name) => ({ name, known: survey.entities.get(name)! }))
    .filter(({ known }) => isLittle(known) && isAsked(known))
    .sort((a, b) => a.known.events - b.known.events || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_CHOSEN);
  if (chosen.length === 0) {
    const counts = names.map((name) => survey.entities.get(name)!.events);
    throw new LyrebirdError(
      'LYREBIRD_NO_EVENTS',
      `Of ${names.length} entities ${Object.keys(options.where).length === 0 ? 'none' : 'none that is asked for (where)'} has ${little} events or fewer; the fewest are ${Math.min(...counts)}.`,
      'Name the entities (entities), or say how many events are little (at_most).'
    );
  }
  const without = new Set(chosen.map(({ name }) => name));
  const alike = new Likeness(survey, [...survey.entities.keys()].filter((name) => voices.has(name) && !without.has(name) && survey.entities.get(name)!.events > little));
  return chosen.map(({ name, known }) => ({ name, events: known.events, peers: alike.peersOf(known, options.peers) }));
}

function namedIn(survey: Survey, wanted: readonly string[]): string[] {
  const known = new Map([...survey.entities.keys()].map((name) => [name.toLowerCase(), name]));
  return [...new Set(wanted)].map((name) => {
    const found = known.get(name.toLowerCase());
    if (found !== undefined) return found;
    const near = [...known.values()].filter((other) => other.toLowerCase().startsWith(name.slice(0, 2).toLowerCase()));
    throw new LyrebirdError(
      'LYREBIRD_UNKNOWN_ENTITY',
      `The events have no entity "${name}".`,
      `They have ${known.size}, for example ${(near.length > 0 ? near : [...known.values()]).slice(0, SHOWN).map((other) => `"${other}"`).join(', ')}.`
    );
  });
}

/** Who is like whom: by the values that they share, of which each counts the more the fewer have it. */
class Likeness {
  private readonly having = new Map<number, number>();

  constructor(
    private readonly survey: Survey,
    private readonly candidates: readonly string[]
  ) {
    for (const name of candidates) for (const key of survey.entities.get(name)!.values) this.having.set(key, (this.having.get(key) ?? 0) + 1);
  }

  /** The most alike. Nobody who shares nothing that tells some from others. */
  peersOf({ values }: Known, most: number): string[] {
    const weightOf = (key: number): number => Math.log(this.candidates.length / (this.having.get(key) ?? this.candidates.length));
    const scored = this.candidates.map((name) => {
      const others = this.survey.entities.get(name)!.values;
      let [shared, all] = [0, 0];
      for (const key of others) {
        const weight = weightOf(key);
        all += weight;
        if (values.has(key)) shared += weight;
      }
      // Who has done everything shares with everybody: what is not shared counts, too, but less, as much of it is only yet to come.
      return { name, likeness: all === 0 ? 0 : shared / Math.sqrt(all) };
    });
    return scored
      .filter(({ likeness }) => likeness > 0)
      .sort((a, b) => b.likeness - a.likeness || (a.name < b.name ? -1 : 1))
      .slice(0, most)
      .map(({ name }) => name);
  }
}
