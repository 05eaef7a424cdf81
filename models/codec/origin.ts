import { RARE, SPECIAL_FIELDS } from './grammar';
import { SHARED_TOKENS, type Field } from './field';
import { layOut } from './layout';
import type { FieldCodecSpec } from './spec';

/** Where the tokens and field ids of an extended codec come from: of each the id in the base whose meaning it has, or begins with. */
export interface Origin {
  tokens: Int32Array;
  fields: Int32Array;
  /** Those that the base has not. */
  added: { tokens: number[]; fields: number[] };
}

/**
 * Compares a codec with the one that it extends. What is new begins as what the base would have written in its place: a value as any
 * new value of its field, a set of exceptions as one without a token, a field as one without an id.
 */
export function originOfTokens(base: FieldCodecSpec, extended: FieldCodecSpec): Origin {
  const [from, to] = [layOut(base), layOut(extended)];
  const tokens = new Int32Array(to.vocabulary);
  const fields = new Int32Array(to.fieldPaths.length).fill(RARE);
  // What keeps its meaning; all else is new.
  const [kept, keptFields] = [new Set<number>(), new Set<number>(SPECIAL_FIELDS.keys())];
  const copy = (lo: number, count: number, source: number): void => {
    for (let i = 0; i < count; i++) {
      tokens[lo + i] = source + i;
      kept.add(lo + i);
    }
  };
  for (let id = 0; id < SPECIAL_FIELDS.length; id++) fields[id] = id;
  // Up to the log types' own tokens nothing changes.
  copy(0, to.grammars[0].exceptionsLo, 0);
  to.grammars.forEach((grammar, t) => {
    const before = from.grammars[t];
    const [sets, allSets] = [before.spec.exceptions.length, grammar.spec.exceptions.length];
    const other = before.exceptionsLo + sets + 1;
    copy(grammar.exceptionsLo, 1 + sets, before.exceptionsLo);
    tokens.fill(other, grammar.exceptionsLo + 1 + sets, grammar.exceptionsLo + allSets + 1);
    copy(grammar.exceptionsLo + allSets + 1, 1, other);
    grammar.fields.forEach((field, f) => {
      fields[field.id] = before.fields[f].id;
      if (fields[field.id] !== RARE) keptFields.add(field.id);
      fieldTokens(before.fields[f], field, tokens, copy);
    });
  });
  const without = (count: number, ids: ReadonlySet<number>) => Array.from({ length: count }, (_, id) => id).filter((id) => !ids.has(id));
  return { tokens, fields, added: { tokens: without(tokens.length, kept), fields: without(fields.length, keptFields) } };
}

function fieldTokens(from: Field, to: Field, tokens: Int32Array, copy: (lo: number, count: number, source: number) => void): void {
  if (to.size === 0) return;
  const valuesOf = ({ spec }: Field): number => (spec.tokens ?? spec.vocabulary).length;
  const values = valuesOf(to);
  const rich = to.lo + 1 + values;
  const escapes = to.lo + to.size - (SHARED_TOKENS - 1);
  if (from.size === 0) {
    // It was written with the tokens that all such fields share: absent, a text, any other value.
    tokens[to.lo] = from.lo;
    tokens.fill(from.lo + 1, to.lo + 1, escapes);
    for (let i = 0; i < SHARED_TOKENS - 1; i++) tokens[escapes + i] = from.lo + 1 + i;
    return;
  }
  const known = valuesOf(from);
  const before = from.lo + from.size - (SHARED_TOKENS - 1);
  copy(to.lo, 1 + known, from.lo);
  tokens.fill(before, to.lo + 1 + known, rich);
  copy(rich, to.rich?.size ?? 0, from.lo + 1 + known);
  copy(escapes, SHARED_TOKENS - 1, before);
}
