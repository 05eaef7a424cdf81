import { Bpe } from './bpe';
import { EventGrammar, type ListTokens } from './event_grammar';
import { Field, SHARED_NAMES, SHARED_TOKENS } from './field';
import { showPath } from './flatten';
import { Gap, MORE_DAYS, SLOTS } from './gap';
import { RARE, SPECIAL_FIELDS, type TextTokens } from './grammar';
import { namePlaceholders } from './placeholder';
import type { FieldCodecSpec, HabitsSpec } from './spec';

/** Field ids beyond the special ones; fields written more rarely share one. */
const MAX_FIELD_IDS = 1000;

/** The token space of a field codec: who owns which tokens. */
export interface Layout {
  vocabulary: number;
  bos: number;
  gap: Gap;
  typeLo: number;
  text: TextTokens;
  grammars: EventGrammar[];
  /** Path of each field id. */
  fieldPaths: string[];
  /** What a token means in a field. */
  describe(field: number, token: number): string;
  /** What each entity has had of the log types. */
  typeHabits?: HabitsSpec;
  /** Ids of the fields whose former value is told. */
  changing: ReadonlySet<number>;
  /** By technique, fields that an attack keeps. */
  steady: ReadonlyMap<number, ReadonlySet<string>>;
  /** Where each block of tokens that stand for alternatives begins, ascending. */
  blocks: readonly number[];
}

export function layOut(spec: FieldCodecSpec): Layout {
  let next = 0;
  const blocks: number[] = [];
  const take = (count: number): number => {
    const lo = next;
    if (count > 0) blocks.push(lo);
    next += count;
    return lo;
  };
  const bos = take(1);
  const gap = new Gap(spec.gap, take(spec.gap.within.lo.length + 1), take(MORE_DAYS + 1), take(SLOTS));
  const typeLo = take(spec.types.length + 1);
  const bpe = new Bpe(spec.merges);
  const textLo = take(bpe.size);
  const text: TextTokens = { bpe, lo: textLo, end: take(1) };
  const octets = spec.types.some((type) => type.fields.some(({ rich }) => rich?.kind === 'ip')) ? take(256) : 0;
  const shared = take(SHARED_TOKENS);
  const listed = Math.max(0, ...spec.types.map((type) => type.fields.length));
  const list: ListTokens = { lo: take(listed + 2), fields: listed };

  const written = spec.types.flatMap((type) => type.fields).filter((field) => field.written > 0);
  const named = new Set([...written].sort((a, b) => b.written - a.written).slice(0, MAX_FIELD_IDS));
  const fieldPaths: string[] = [...SPECIAL_FIELDS];
  const owners: Field[] = [];
  const exceptions: Array<{ lo: number; grammar: EventGrammar }> = [];
  const grammars = spec.types.map((type) => {
    const exceptionsLo = take(type.exceptions.length + 2);
    const fields = type.fields.map((fieldSpec) => {
      let id: number = RARE;
      if (named.has(fieldSpec)) id = fieldPaths.push('') - 1;
      const field = new Field(fieldSpec, fieldSpec.written > 0 ? next : shared, id, octets, fieldSpec.references.map((a) => showPath(type.fields[a].path)));
      take(field.size);
      if (field.size > 0) owners.push(field);
      if (id !== RARE) fieldPaths[id] = field.path;
      return field;
    });
    const grammar = new EventGrammar(type, fields, exceptionsLo, list);
    exceptions.push({ lo: exceptionsLo, grammar });
    return grammar;
  });

  const fieldsById = new Map(grammars.flatMap(({ fields }) => fields.flatMap((field) => (field.id === RARE ? [] : [[field.id, field] as const]))));
  // By the token alone: a model may think any token likely, also one that could not come in the field.
  const describe = (field: number, token: number): string => {
    if (token === bos) return '(start)';
    if (token < typeLo) return gap.describe(token);
    if (token < textLo) return spec.types[token - typeLo]?.name ?? '(other log type)';
    if (token < text.end) return describeSubword(bpe, token - textLo, fieldsById.get(field)?.referenced ?? []);
    if (token === text.end) return '(end of text)';
    if (octets > 0 && token >= octets && token < octets + 256) return String(token - octets);
    if (token < shared + SHARED_TOKENS) return SHARED_NAMES[token - shared];
    if (token < list.lo + listed) return '(one more field)';
    if (token < list.lo + listed + 2) return token === list.lo + listed ? '(new fields)' : '(no more fields)';
    const owner = last(owners, ({ lo }) => lo <= token);
    const set = last(exceptions, ({ lo }) => lo <= token);
    return owner && token < owner.lo + owner.size ? owner.describe(token - owner.lo) : (set?.grammar.describeException(token) ?? '(unknown)');
  };
  // Fields that share an id are not told apart.
  const changing = new Set([...fieldsById].filter(([, field]) => field.spec.changing).map(([id]) => id));
  return { typeHabits: spec.habits, changing, vocabulary: next, bos, gap, typeLo, text, grammars, fieldPaths, describe, steady: new Map((spec.steady ?? []).map(({ technique, fields }) => [technique, new Set(fields)])), blocks };
}

/** The start of a text, in quotation marks; other fields that stand in it by name. */
function describeSubword(bpe: Bpe, id: number, references: readonly string[]): string {
  const bytes = bpe.bytesOf(id);
  const text = bpe.decode([id]);
  if (text.includes('\ufffd') || /^\p{Cc}$/u.test(text)) return `(byte ${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')})`;
  return `“${namePlaceholders(text, references)}…”`;
}

/** Last of an ascending list for which the test holds. */
function last<T>(list: readonly T[], test: (item: T) => boolean): T | undefined {
  let lo = 0;
  let hi = list.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (test(list[mid])) lo = mid + 1;
    else hi = mid;
  }
  return list[lo - 1];
}
