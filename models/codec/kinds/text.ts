import type { Leaf } from '../leaf';
import type { Reader, RichKind, Walk, Writer } from '../grammar';
import type { TextShape } from '../text_shape';
import { drawWord, fillTemplate, TemplateIndex, type TemplateSpec } from './template';

export interface TextSpec {
  kind: 'text';
  /** What its texts look like; bounds those that generation makes up. */
  shape?: TextShape;
  /** Templates that many of its texts follow. */
  templates?: TemplateSpec[];
  /** Times that a text followed none. */
  free?: number;
}

const SHOWN = 60;
/** Subwords of a text that are written; the rest of a longer one is in the residual. */
const MOST_SUBWORDS = 128;

/**
 * Strings: by their template and the words in its slots, or in subwords, byte by byte where need be. The first token says the template; the
 * field's further tokens are the words of each slot in turn. Words without a token are in the residual.
 */
export class TextKind implements RichKind {
  readonly name = 'text';
  readonly size: number;
  private readonly templates: readonly TemplateSpec[];
  private readonly index: TemplateIndex;
  /** By template and slot, the first of its tokens, counted from the first template's; -1 where a slot has none. */
  private readonly slotLo: number[][] = [];
  /** By template and slot, the place of each word. */
  private readonly places: Array<Array<Map<string, number>>>;
  private readonly openings?: Uint8Array;

  /** `lo` is the token of the first template; without templates, or for a field that has no tokens of its own, none is used. */
  constructor(
    private readonly spec: TextSpec,
    private readonly lo?: number
  ) {
    this.templates = lo === undefined ? [] : (spec.templates ?? []);
    this.index = new TemplateIndex(this.templates);
    let next = this.templates.length + 1;
    for (const { slots } of this.templates) {
      this.slotLo.push(
        slots.map(({ values }) => {
          if (values.length === 0) return -1;
          next += values.length + 1;
          return next - values.length - 1;
        })
      );
    }
    this.size = next;
    this.places = this.templates.map(({ slots }) => slots.map(({ values }) => new Map(values.map((word, i) => [word, i]))));
    if (this.templates.length > 0) this.openings = Uint8Array.from({ length: next }, (_, first) => (first < this.templates.length + (spec.free ? 1 : 0) ? 1 : 0));
  }

  accepts(value: Leaf): boolean {
    return typeof value === 'string';
  }

  first(value: Leaf): number {
    return this.templates.length === 0 ? 0 : (this.index.find(value as string)?.template ?? this.templates.length);
  }

  writeRest(value: Leaf, first: number, field: number, writer: Writer): void {
    if (first >= this.templates.length) {
      // What comes after so many subwords tells a model little more.
      if (!writer.putText(field, value as string, MOST_SUBWORDS)) writer.residual.push(value);
      return;
    }
    this.index.find(value as string)!.words.forEach((word, slot) => {
      const { values } = this.templates[first].slots[slot];
      const place = this.places[first][slot].get(word) ?? values.length;
      if (values.length > 0) writer.put(field, this.lo! + this.slotLo[first][slot] + place);
      if (place === values.length) writer.residual.push(word);
    });
  }

  *readRest(first: number, field: number, reader: Reader): Walk<Leaf> {
    if (first >= this.templates.length) {
      const { text, whole } = yield* reader.readStart(field, MOST_SUBWORDS, this.spec.shape);
      return whole ? text : String(reader.take());
    }
    const words: string[] = [];
    for (const [slot, { values, rest, samples }] of this.templates[first].slots.entries()) {
      let place = 0;
      if (values.length > 0) {
        const from = this.lo! + this.slotLo[first][slot];
        // Where nothing else was ever seen, nothing else is made up.
        const mask = reader.exact || rest > 0 ? undefined : Uint8Array.from({ length: values.length + 1 }, (_, i) => (i < values.length ? 1 : 0));
        place = (yield* reader.choose(field, from, from + values.length + 1, mask)) - from;
      }
      words.push(place < values.length ? values[place] : reader.exact ? String(reader.take()) : drawWord(samples, reader.random));
    }
    return fillTemplate(this.templates[first], words);
  }

  mask(): Uint8Array | undefined {
    return this.openings;
  }

  describe(first: number): string {
    if (first >= this.templates.length) return this.describeWord(first) ?? '(new text)';
    const text = fillTemplate(this.templates[first], this.templates[first].slots.map(() => '…')).replace(/\s+/g, ' ').trim();
    return `“${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}”`;
  }

  private describeWord(token: number): string | undefined {
    for (const [template, slots] of this.slotLo.entries()) {
      for (const [slot, from] of slots.entries()) {
        const { values } = this.templates[template].slots[slot];
        if (from >= 0 && token >= from && token <= from + values.length) return values[token - from] ?? '(another word)';
      }
    }
    return undefined;
  }
}
