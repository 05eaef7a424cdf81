import { isIPv4, isIPv6 } from 'node:net';
import type { Json, LogEvent } from '../../common';
import type { Codec, OwnValue } from '../codec/types';
import { seededRandom } from './entity_writer';

type Random = () => number;

export interface Identity {
  name: string;
  /** The voice's own values, and the identity's in their place. */
  fresh: ReadonlyMap<string, string>;
  /** Gives an event of the voice the identity's own values. */
  rename(event: LogEvent): LogEvent;
}

const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)];
const words = (text: string): string[] => text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
/** First and last names make the entity's name in few ways. */
const FORMS: ReadonlyArray<(first: string, last: string) => string> = [
  (first, last) => first[0] + last,
  (first, last) => `${first}.${last}`,
  (first, last) => `${first}_${last}`,
  (first, last) => `${first}-${last}`,
  (first, last) => first + last,
  (first, last) => `${last}.${first}`,
  (first, last) => last + first[0],
  (first, last) => first + last[0],
  (first, last) => `${first[0]}.${last}`,
  (first) => first,
];

/**
 * Makes identities that never were, after those that are known: names put together anew from parts of theirs, ids and addresses of the
 * same format, the same in all fields and log types. Whatever an entity shares with others (its office, its role) stays.
 */
export class IdentityMaker {
  private readonly taken: Set<string>;

  constructor(
    private readonly codec: Codec,
    private readonly seed: number
  ) {
    this.taken = new Set(codec.entities.map((name) => name.toLowerCase()));
  }

  /** `keep`: values that stay as they are, since a condition asks for them. */
  make(voice: string, number: number, keep: ReadonlySet<string>): Identity {
    const random = seededRandom(this.seed, `identity ${number} ${voice}`);
    const own = this.codec.ownValues(voice);
    const person = this.personOf(voice, own, random);
    const name = person?.name ?? this.nameLike(voice, random);
    this.taken.add(name.toLowerCase());
    const fresh = new Map<string, string>();
    for (const value of own) {
      if (keep.has(value.value)) continue;
      const made = value.value === person?.old ? person.full : freshValue(value, random);
      if (made !== value.value) fresh.set(value.value, made);
    }
    return { name, fresh, rename: (event) => replaceValues(event, fresh) };
  }

  /** A person's name and the entity's name that follows from it, where entities are called after people. */
  private personOf(voice: string, own: readonly OwnValue[], random: Random): { old: string; full: string; name: string } | undefined {
    for (const { value, others } of own) {
      const form = formOf(voice, value);
      if (form === undefined || others.length < 2) continue;
      const alike = others.filter((other) => FORMS[form] !== undefined && words(other.value).length === 2);
      if (alike.length < 2) continue;
      for (let attempt = 0; attempt < 50; attempt++) {
        const [first, last] = [words(pick(alike, random).value)[0], words(pick(alike, random).value)[1]];
        const name = FORMS[form](first.toLowerCase(), last.toLowerCase());
        if (this.taken.has(name)) continue;
        const [oldFirst, oldLast] = words(value);
        return { old: value, full: value.replace(oldFirst, first).replace(oldLast, last), name };
      }
    }
    return undefined;
  }

  /** A name from parts of known ones: by their separators, or else by their beginnings and ends. */
  private nameLike(voice: string, random: Random): string {
    const known = this.codec.entities.slice(1);
    const parts = voice.split(/([._\-@ ])/);
    const alike = known.filter((name) => name.split(/([._\-@ ])/).length === parts.length);
    for (let attempt = 0; attempt < 100; attempt++) {
      let name: string;
      if (parts.length > 1 && alike.length > 1) {
        name = parts.map((part, i) => (i % 2 === 1 || i === 0 ? part : pick(alike, random).split(/([._\-@ ])/)[i])).join('');
      } else {
        const [head, tail] = [pick(known, random), pick(known, random)];
        name = head.slice(0, Math.ceil(head.length / 2)) + tail.slice(Math.ceil(tail.length / 2));
      }
      if (attempt >= 20) name += String(2 + Math.floor(random() * 97));
      if (name !== '' && !this.taken.has(name.toLowerCase())) return name;
    }
    for (let n = 2; ; n++) if (!this.taken.has(`${voice}${n}`.toLowerCase())) return `${voice}${n}`;
  }
}

/** How an entity's name is made from a person's full name; undefined when it is not. */
function formOf(entity: string, full: string): number | undefined {
  const [first, last, ...more] = words(full.toLowerCase());
  if (last === undefined || more.length > 0) return undefined;
  // A number after it tells people of one name apart.
  const bare = entity.toLowerCase().replace(/\d+$/, '');
  const form = FORMS.findIndex((make) => make(first, last) === bare);
  return form === -1 ? undefined : form;
}

/** Another value of the same format that nobody has. */
function freshValue({ value, others }: OwnValue, random: Random): string {
  const taken = new Set(others.map((other) => other.value));
  for (let attempt = 0; attempt < 20; attempt++) {
    const made = isIPv4(value) ? freshAddress(value, random) : isIPv6(value) ? value.replace(/[0-9a-f]{1,4}$/i, () => (1 + Math.floor(random() * 0xfffe)).toString(16)) : redraw(value, others, random);
    if (made !== value && !taken.has(made)) return made;
    if (made === value) return value;
  }
  return value;
}

/** In the same network, so that its place stays true. */
const freshAddress = (address: string, random: Random): string => address.replace(/\d+$/, () => String(1 + Math.floor(random() * 254)));

/** Values of one length that say which characters may stand where. */
const ENOUGH_ALIKE = 8;

/** Draws an id anew from what stands at each place of others of its length; else its digits, and the letters of parts that have digits. */
function redraw(text: string, others: OwnValue['others'], random: Random): string {
  const alike = others.filter(({ value }) => value.length === text.length);
  if (alike.length >= ENOUGH_ALIKE && /\d/.test(text) && !/\s/.test(text)) return [...text].map((_, i) => pick(alike, random).value[i]).join('');
  const hex = /^[0-9a-f-]+$/.test(text) ? '0123456789abcdef' : /^[0-9A-F-]+$/.test(text) ? '0123456789ABCDEF' : undefined;
  return text.replace(/[\p{L}\p{N}]+/gu, (part) => {
    if (!/\d/.test(part)) return part;
    return part.replace(/[0-9A-Za-z]/g, (character) => {
      if (hex !== undefined) return pick([...hex], random);
      if (/\d/.test(character)) return String(Math.floor(random() * 10));
      const letter = pick([...'abcdefghijklmnopqrstuvwxyz'], random);
      return character === character.toUpperCase() ? letter.toUpperCase() : letter;
    });
  });
}

/** An event with other values in the place of some, and of their mentions. */
export const replaceValues = (event: LogEvent, fresh: ReadonlyMap<string, string>): LogEvent => (fresh.size === 0 ? event : (replaceAll(event, fresh, longestFirst(fresh)) as LogEvent));

const longestFirst = (fresh: ReadonlyMap<string, string>): string[] => [...fresh.keys()].filter((value) => value.length >= 6).sort((a, b) => b.length - a.length);

function replaceAll(value: Json, fresh: ReadonlyMap<string, string>, parts: readonly string[]): Json {
  if (typeof value === 'string') {
    const whole = fresh.get(value);
    if (whole !== undefined) return whole;
    for (const part of parts) if (value.includes(part)) return value.split(part).join(fresh.get(part));
    return value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => replaceAll(item, fresh, parts));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaceAll(inner, fresh, parts)]));
}
