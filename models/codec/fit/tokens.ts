import { Bpe, learnMerges } from '../bpe';
import { tokensOf } from '../field';
import { shapeOf } from '../text_shape';
import type { TemplateSpec } from '../kinds/template';
import type { FieldSpec, TypeSpec } from '../spec';

/** What writing all events of a field once has shown. */
export interface Written {
  times: number;
  /** How often each class was written. */
  classes: Map<number, number>;
  /** Texts that took. */
  texts: string[];
  /** How often a stream's next class was that of the event before, or another. */
  same: number;
  other: number;
}

/** Text that subwords are learned on, characters. */
const MAX_TEXT = 4_000_000;
/** Share of events that must bring another value than the one before, for a field to be one that changes. */
const LEAST_CHANGES = 0.4;
/** Texts per field that its bounds are learned from. */
const MAX_TEXTS = 20_000;
/** Tokens of fields: one for so many events, but never fewer than the least nor more than the token space holds. */
const EVENTS_PER_TOKEN = 4;
const LEAST_TOKENS = 2048;
const MOST_TOKENS = 45_000;
/** A field with no more values than this, and each seen this often on average, is closed: its rare values are part of it. */
const CLOSED_VALUES = 64;
const CLOSED_REPEATS = 8;
/** Of what is written, values written once may be this much where they get tokens. */
const CLOSED_NOVELTY = 0.02;
/** Of text in subwords. */
const CHARACTERS_PER_TOKEN = 4;
/** Times that a field's token must be used on average for the field to have tokens of its own. */
const LEAST_WORTH = 0.5;
const LEAST_MERGES = 768;
const MOST_MERGES = 3072;
/** Characters of text that one more merge takes to learn. */
const TEXT_PER_MERGE = 400;

export function emptyWritten(): Written {
  return { times: 0, classes: new Map(), texts: [], same: 0, other: 0 };
}

/** @param last the class before of each field, in the same stream */
export function noteClass(written: Written, c: number, last: Map<Written, number>): void {
  written.times++;
  written.classes.set(c, (written.classes.get(c) ?? 0) + 1);
  const before = last.get(written);
  if (before !== undefined) written[before === c ? 'same' : 'other']++;
  last.set(written, c);
}

export function noteTexts(written: Written, texts: readonly string[]): void {
  for (const text of texts) if (written.texts.length < MAX_TEXTS) written.texts.push(text);
}

/**
 * Shares out the token space: which values of which fields get a token of their own, which subwords all texts share. Values written once
 * are not worth a token where new ones keep coming: the model would not see it twice.
 */
export function shareTokens(types: readonly TypeSpec[], observed: (type: number, b: number) => Written | undefined, events: number): { types: TypeSpec[]; merges: Array<[number, number]> } {
  const budget = Math.min(MOST_TOKENS, Math.max(LEAST_TOKENS, Math.floor(events / EVENTS_PER_TOKEN)));
  const kept = chooseValues(types, observed, budget);
  const texts: Array<[string, number]> = [];
  let characters = 0;
  const learn = (text: string, weight: number): void => {
    if (characters > MAX_TEXT) return;
    texts.push([text, weight]);
    characters += text.length;
  };
  let left = budget;
  const plans = types.map((type, t) =>
    type.fields.map((field, b): FieldSpec => {
      const written = observed(t, b);
      if (!written) return { ...field, written: 0 };
      const tokens = kept.get(field) ?? [];
      const changing = written.other > LEAST_CHANGES * (written.same + written.other);
      return { ...field, written: written.times, ...(changing && { changing }), ...(tokens.length < field.vocabulary.length && { tokens }) };
    })
  );
  // Fields that are written most for their size come first; beyond the budget a field shares the tokens of all others.
  const own = new Set<FieldSpec>();
  const worth = (field: FieldSpec): number => (field.written * savedBy(field)) / tokensOf(field);
  for (const field of plans.flat().filter(({ written }) => written > 0).sort((a, b) => worth(b) - worth(a))) {
    if (tokensOf(field) > left && field.rich?.kind === 'text' && field.rich.templates) field.rich = { ...field.rich, templates: field.rich.templates.map(withoutWords) };
    const size = tokensOf(field);
    if (size > left || worth(field) < LEAST_WORTH) continue;
    left -= size;
    own.add(field);
  }
  const lists = types.map((_, t) =>
    plans[t].map((field, b) => {
      const written = observed(t, b);
      if (!written) return [];
      const tokened = new Set(field.tokens);
      written.texts.forEach((text) => learn(text, 1));
      const spelled: string[] = [];
      for (const [c, times] of written.classes) {
        const value = c > 0 && field.tokens && !tokened.has(c) ? field.vocabulary[c - 1] : undefined;
        if (typeof value !== 'string') continue;
        learn(value, times);
        spelled.push(value);
      }
      return field.rich?.kind === 'text' ? [...written.texts, ...spelled] : [];
    })
  );
  const merges = learnMerges(texts, Math.min(MOST_MERGES, Math.max(LEAST_MERGES, Math.round(characters / TEXT_PER_MERGE))));
  const bpe = new Bpe(merges);
  const bounded = plans.map((fields, t) =>
    fields.map((field, b): FieldSpec => {
      const final = field.written === 0 || own.has(field) ? field : { ...field, written: 0 };
      const { rich } = final;
      if (rich?.kind !== 'text' || !rich.shape || lists[t][b].length === 0) return final;
      const { most } = shapeOf(lists[t][b], (text) => bpe.encode(text).length);
      return { ...final, rich: { ...rich, shape: { ...rich.shape, most } } };
    })
  );
  return { types: types.map((type, t) => ({ ...type, fields: bounded[t] })), merges };
}

/** Tokens that a field's own ones save each time: templates stand for all of their fixed text. */
function savedBy({ rich }: FieldSpec): number {
  if (rich?.kind !== 'text' || !rich.templates) return 1;
  const events = rich.templates.reduce((sum, { count }) => sum + count, rich.free ?? 0);
  const fixed = rich.templates.reduce((sum, { pieces, count }) => sum + pieces.join('').length * count, 0);
  return 1 + fixed / Math.max(1, events) / CHARACTERS_PER_TOKEN;
}

/** The template with slots whose words have no tokens: they are drawn from samples. */
function withoutWords(template: TemplateSpec): TemplateSpec {
  return { ...template, slots: template.slots.map(({ values, samples }) => ({ values: [], rest: template.count, samples: [...samples, ...values].slice(0, 16) })) };
}

/** Classes that get a token, by field, ascending. */
function chooseValues(types: readonly TypeSpec[], observed: (type: number, b: number) => Written | undefined, budget: number): Map<FieldSpec, number[]> {
  const candidates: Array<{ field: FieldSpec; c: number; gain: number }> = [];
  types.forEach(({ fields }, t) => {
    fields.forEach((field, b) => {
      const written = observed(t, b);
      if (!written) return;
      let values = 0;
      let once = 0;
      for (const [c, times] of written.classes) {
        if (c === 0 || c > field.vocabulary.length) continue;
        values++;
        if (times === 1) once++;
      }
      const closed = (values <= CLOSED_VALUES && values * CLOSED_REPEATS <= written.times) || once <= CLOSED_NOVELTY * written.times;
      for (const [c, times] of written.classes) {
        if (c === 0 || c > field.vocabulary.length || (times < 2 && !closed)) continue;
        const value = field.vocabulary[c - 1];
        const length = typeof value === 'string' ? value.length : 4;
        candidates.push({ field, c, gain: times * (1 + length / 4) });
      }
    });
  });
  candidates.sort((x, y) => y.gain - x.gain);
  const kept = new Map<FieldSpec, number[]>();
  for (const { field, c } of candidates.slice(0, budget)) {
    const classes = kept.get(field);
    if (classes) classes.push(c);
    else kept.set(field, [c]);
  }
  for (const classes of kept.values()) classes.sort((x, y) => x - y);
  return kept;
}
