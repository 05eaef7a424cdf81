import { RARE, SPECIAL_FIELDS } from './grammar';
import { SHARED_TOKENS, type Field } from './field';
import { layOut } from './layout';
import type { FieldCodecSpec } from './spec';

/** Where the tokens and field ids of an extended codec come from: of each the id in the base whose meaning it has, or begins with. */
export interface Origin {
  tokens: Int32Array;
  fields: Int32Array;
}

/**
 * Compares a codec with the one that it extends. What is new begins as what the base would have written in its place: a value as any
 * new value of its field, a set of exceptions as one without a token, a field as one without an id.
 */
export function originOfTokens(base: FieldCodecSpec, extended: FieldCodecSpec): Origin {
  const [from, to] = [layOut(base), layOut(extended)];
  const tokens = new Int32Array(to.vocabulary);
  const fields = new Int32Array(to.fieldPaths.length).fill(RARE);
  const copy = (lo: number, count: number, source: number): void => {
    for (let i = 0; i < count; i++) tokens[lo + i] = source + i;
  };
  for (let id = 0; id < SPECIAL_FIELDS.length; id++) fields[id] = id;
  // Up to the log types' own tokens nothing changes.
  copy(0, to.grammars[0].exceptionsLo, 0);
  to.grammars.forEach((grammar, t) => {
    const before = from.grammars[t];
    const [sets, allSets] = [before.spec.exceptions.length, grammar.spec.exceptions.length];
    const other = before.exceptionsLo + sets + 1;
    copy(grammar.exceptionsLo, 1 + sets, before.exceptionsLo);
    tokens.fill(other, grammar.exceptionsLo + 1 + sets, grammar.exceptionsLo + allSets + 2);
    grammar.fields.forEach((field, f) => {
      fields[field.id] = before.fields[f].id;
      fieldTokens(before.fields[f], field, tokens);
    });
  });
  return { tokens, fields };
}

function fieldTokens(from: Field, to: Field, tokens: Int32Array): void {
  if (to.size === 0) return;
  const valuesOf = ({ spec }: Field): number => (spec.tokens ?? spec.vocabulary).length;
  // A field without tokens of its own is written with those that all such fields share, of the same meaning and in the same order.
  const known = from.size > 0 ? valuesOf(from) : 0;
  const escapes = from.size > 0 ? from.lo + from.size - (SHARED_TOKENS - 1) : from.lo + 1;
  const values = valuesOf(to);
  for (let i = 0; i <= known; i++) tokens[to.lo + i] = from.lo + i;
  for (let i = known; i < values; i++) tokens[to.lo + 1 + i] = escapes;
  for (let i = 0; i < (to.rich?.size ?? 0); i++) tokens[to.lo + 1 + values + i] = from.size > 0 ? from.lo + 1 + known + i : escapes;
  for (let i = 0; i < SHARED_TOKENS - 1; i++) tokens[to.lo + to.size - (SHARED_TOKENS - 1) + i] = escapes + i;
}
