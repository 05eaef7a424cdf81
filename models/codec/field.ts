import { isIPv4 } from 'node:net';
import { ABSENT, EMPTY_ARRAY, EMPTY_OBJECT, leafKey, leafOf, leafValue, loadLeaf, showLeaf, type Leaf } from './leaf';
import { showPath } from './flatten';
import { ClassMasks } from './class_masks';
import { familiarOf, usual, type Habit } from './habits';
import type { Reader, RichKind, ValueContext, Walk, Writer } from './grammar';
import { IdKind } from './kinds/id';
import { IpKind } from './kinds/ip';
import { NumberKind } from './kinds/number';
import { TextKind } from './kinds/text';
import { TimeKind } from './kinds/time';
import { canHide, hideName, hideReferences, holdsReferences, namePlaceholders, referenceText, showName, showReferences, type Own } from './placeholder';
import type { FieldSpec, RichSpec } from './spec';
import type { Json } from '../../common';

/** Tokens of a field without own ones: absent, a string as text, anything else as JSON text. */
export const SHARED_TOKENS = 3;
export const SHARED_NAMES = ['(absent)', '(new text)', '(new value)'] as const;
const ESCAPES = 2;

/** `lo` is the first token of the kind in the field's range; undefined for a field without tokens of its own. */
function richKind(spec: RichSpec, octets: number, lo: number | undefined): RichKind {
  switch (spec.kind) {
    case 'number':
      return new NumberKind(spec);
    case 'time':
      return new TimeKind(spec);
    case 'id':
      return new IdKind(spec);
    case 'ip':
      return new IpKind(octets);
    case 'text':
      return new TextKind(spec, lo);
  }
}

/** Tokens that a field with tokens of its own takes. */
export function tokensOf(spec: FieldSpec): number {
  return 1 + (spec.tokens ?? spec.vocabulary).length + (spec.rich ? richKind(spec.rich, 0, 0).size : 0) + ESCAPES;
}

/** Coarse view of a class: absent, an empty value (null, {}, []), anything else. */
export type Coarse = 0 | 1 | 2;

/** Restrictions on what reading may choose. */
export interface Choice {
  /** The value is known to be of the rich kind. */
  rich: boolean;
  /** Class that it is known not to be; -1 for none. */
  not: number;
  /** 1 for each class that is allowed. */
  allowed?: Uint8Array;
  /** Nothing but what is allowed, also of the kinds that otherwise may always come. */
  strict?: boolean;
  /** What is allowed is what an attack's examples had: new values come only where these had such. */
  ofAttack?: boolean;
  habit?: Habit;
}

/** One field of one log type: its classes, its tokens, how values are written and read. */
export class Field {
  readonly path: string;
  /** Size of the vocabulary, V. */
  readonly known: number;
  readonly rich?: RichKind;
  readonly vocabulary: Leaf[];
  /** Which of its classes may be whose. */
  readonly allowed: ClassMasks;
  /** Number of tokens it owns. */
  readonly size: number;
  private readonly classes = new Map<unknown, number>();
  /** Classes with a token of their own, and by class its place among the field's tokens (0: none). */
  private readonly tokened: readonly number[];
  private readonly tokenOf: Int32Array;
  /** Classes that are written by an escape. */
  private readonly spelled: readonly number[];

  constructor(
    readonly spec: FieldSpec,
    /** First of its tokens, or of the shared ones. */
    readonly lo: number,
    /** Field id in the side channel. */
    readonly id: number,
    octets: number,
    /** Names of the fields that its strings refer to. */
    readonly referenced: readonly string[] = []
  ) {
    this.path = showPath(spec.path);
    this.vocabulary = spec.vocabulary.map(loadLeaf);
    this.known = this.vocabulary.length;
    this.vocabulary.forEach((leaf, i) => this.classes.set(leafKey(leaf), i + 1));
    this.size = spec.written > 0 ? tokensOf(spec) : 0;
    this.tokened = spec.tokens ?? this.vocabulary.map((_, i) => i + 1);
    this.rich = spec.rich && richKind(spec.rich, octets, this.size > 0 ? this.richLo : undefined);
    this.tokenOf = new Int32Array(this.known + 1);
    this.tokened.forEach((c, i) => (this.tokenOf[c] = i + 1));
    this.spelled = this.tokened.length === this.known ? [] : this.vocabulary.flatMap((_, i) => (this.escapeOf(i + 1) >= 0 ? [i + 1] : []));
    this.allowed = new ClassMasks(spec, this.known);
  }

  get richClass(): number {
    return this.known + 1;
  }

  /** Whether values of the rich kind can be written: without tokens of its own a field has none to tell its kinds apart. */
  get writesRich(): boolean {
    return this.rich !== undefined && (this.size > 0 || this.rich.size === 1);
  }

  /** Neither known nor writable by the rich kind. */
  get alienClass(): number {
    return this.known + 2;
  }

  /** Class of a leaf as it is in the event. */
  classOf(leaf: Leaf, own: Own, context: ValueContext): number {
    if (leaf === ABSENT) return 0;
    const inner = this.hide(leaf, own);
    if (inner === undefined) return this.alienClass;
    const known = this.classes.get(leafKey(inner));
    if (known !== undefined) return known;
    return this.rich?.accepts(inner, context) ? this.richClass : this.alienClass;
  }

  coarse(c: number): Coarse {
    if (c === 0) return 0;
    if (c > this.known) return 2;
    const leaf = this.vocabulary[c - 1];
    return leaf === null || leaf === EMPTY_OBJECT || leaf === EMPTY_ARRAY ? 1 : 2;
  }

  /** The leaf that a class 0..V stands for, in an event of the entity. */
  leafOf(c: number, own: Own): Leaf {
    if (c === 0) return ABSENT;
    const leaf = this.vocabulary[c - 1];
    return this.show(leaf, own);
  }

  /** Writes a value; `rich` when it is already known to be of the rich kind. Counterpart of `read`. */
  write(leaf: Leaf, c: number, rich: boolean, own: Own, context: ValueContext, writer: Writer): void {
    const inner = leaf === ABSENT ? ABSENT : this.hide(leaf, own);
    if (this.rich && ((c === this.richClass && (rich || this.size > 0)) || (this.size > 0 && this.goesRich(c)))) {
      const first = this.rich.first(inner as Leaf, context);
      if (!(rich && this.rich.size === 1)) writer.put(this.id, this.richLo + first);
      this.rich.writeRest(inner as Leaf, first, this.id, writer);
    } else if (leaf === ABSENT) {
      writer.put(this.id, this.lo);
    } else if (this.size > 0 && c <= this.known && this.tokenOf[c] > 0) {
      writer.put(this.id, this.lo + this.tokenOf[c]);
    } else if (typeof inner === 'string') {
      // Only the escape: how a value is spelled that will never be drawn is nothing for a model to learn.
      writer.put(this.id, this.escapes);
      writer.residual.push(inner);
    } else {
      writer.put(this.id, this.escapes + 1);
      writer.residual.push(JSON.stringify(leafValue(leaf)));
    }
  }

  /** Reads what `write` wrote, or draws a value of a type and format that the field has had. */
  *read(choice: Choice, own: Own, context: ValueContext, reader: Reader): Walk<Leaf> {
    if (choice.rich && this.rich) {
      const chosen = this.rich.size > 1 && this.size > 0;
      const first = chosen ? (yield* reader.choose(this.id, this.richLo, this.richLo + this.rich.size, this.rich.mask?.(context))) - this.richLo : this.drawFirst(context);
      return yield* this.readRich(first, own, context, reader);
    }
    if (this.size === 0 && !reader.exact) {
      const c = this.drawClass(usual(choice, this.spec.habits?.novelty ?? 1, context), context, () => true);
      return c === this.richClass ? yield* this.readRich(this.drawFirst(context), own, context, reader) : yield* this.spell(c, 0, own, context, reader);
    }
    const hi = this.lo + (this.size || SHARED_TOKENS);
    const token = yield* (reader.exact ? reader.choose(this.id, this.lo, hi) : reader.choose(this.id, this.lo, hi, this.mask(choice, context), this.habitOf(choice, context)));
    if (token === this.lo) return ABSENT;
    const escape = token - this.escapes;
    if (escape >= 0 && !reader.exact) return yield* this.spell(this.drawClass(usual(choice, this.spec.habits?.novelty ?? 1, context), context, (c) => this.escapeOf(c) === escape), 1, own, context, reader);
    if (escape === 0) return this.show(reader.take() as string, own);
    if (escape === 1) return parseLeaf(reader.take() as string);
    if (token < this.richLo) return this.leafOf(this.tokened[token - this.lo - 1], own);
    return yield* this.readRich(token - this.richLo, own, context, reader);
  }

  /** Whether a class stands for strings that hold values of other fields. */
  refers(c: number): boolean {
    const leaf = c > 0 && c <= this.known && this.spec.references.length > 0 ? this.vocabulary[c - 1] : undefined;
    return typeof leaf === 'string' && holdsReferences(leaf);
  }

  /** Whether a class is known, but so rare that it has no token of its own. */
  isRare(c: number): boolean {
    return this.size > 0 && c > 0 && c <= this.known && this.tokenOf[c] === 0;
  }

  /** Whether reading may draw values of the rich kind, without being asked for one. */
  get drawsNew(): boolean {
    return this.drawsRich({ rich: false, not: -1 });
  }

  /** Whether reading may choose anything that is allowed. */
  canDraw(choice: Choice, context: ValueContext): boolean {
    return this.size === 0 ? !choice.allowed || choice.allowed.subarray(0, this.known + 2).includes(1) : this.mask({ ...choice, strict: true }, context).includes(1);
  }

  /** What a token of the field's range stands for. */
  describe(local: number): string {
    if (local === 0) return '(absent)';
    if (local <= this.tokened.length) {
      const leaf = this.vocabulary[this.tokened[local - 1] - 1];
      return leaf === null ? '(null)' : leaf === '' ? '(empty text)' : this.describeClass(this.tokened[local - 1]);
    }
    if (local < this.size - ESCAPES) return this.rich!.describe(local - 1 - this.tokened.length);
    return SHARED_NAMES[local - (this.size - ESCAPES) + 1];
  }

  describeClass(c: number): string {
    return namePlaceholders(showLeaf(c === 0 ? ABSENT : this.vocabulary[c - 1]), this.referenced);
  }

  /** First of the two tokens for values that have neither a token nor a rich kind: a string as text, anything else as JSON. */
  private get escapes(): number {
    return this.size > 0 ? this.lo + this.size - ESCAPES : this.lo + 1;
  }

  private get richLo(): number {
    return this.lo + 1 + this.tokened.length;
  }

  /** Whether a known value without a token of its own is written by the rich kind. */
  private goesRich(c: number): boolean {
    if (c === 0 || c > this.known || this.tokenOf[c] > 0) return false;
    const leaf = this.vocabulary[c - 1];
    return typeof leaf === 'string' && (this.rich?.name === 'text' || (this.rich?.name === 'ip' && isIPv4(leaf)));
  }

  /** 0 or 1: the escape that a class is written by; -1 for none. */
  private escapeOf(c: number): number {
    if (c === 0 || c > this.known || (this.size > 0 && (this.tokenOf[c] > 0 || this.goesRich(c)))) return -1;
    return typeof this.vocabulary[c - 1] === 'string' ? 0 : 1;
  }

  /** What may be drawn: only values seen, and new ones of a kind that brought new ones before. */
  private mask(choice: Choice, context: ValueContext): Uint8Array {
    const mask = new Uint8Array(this.size);
    const put = (token: number, may: boolean): void => {
      if (may) mask[token - this.lo] = 1;
    };
    const allows = (c: number): boolean => c !== choice.not && (choice.allowed === undefined || choice.allowed[c] === 1);
    put(this.lo, this.spec.absent > 0 && allows(0));
    this.tokened.forEach((c, i) => put(this.lo + 1 + i, allows(c)));
    for (const c of this.spelled) if (allows(c)) put(this.escapes + this.escapeOf(c), true);
    if (this.rich && this.drawsRich(choice)) {
      const rich = this.rich.mask?.(context);
      for (let i = 0; i < this.rich.size; i++) put(this.richLo + i, !rich || rich[i] === 1);
    }
    if (mask.includes(1) || choice.strict) return mask;
    // Nothing is left: any value but the one ruled out, or else anything.
    this.tokened.forEach((c, i) => put(this.lo + 1 + i, c !== choice.not));
    for (const c of this.spelled) put(this.escapes + this.escapeOf(c), true);
    if (!mask.includes(1)) for (let i = 0; i < 1 + this.tokened.length + (this.rich?.size ?? 0); i++) mask[i] = 1;
    return mask;
  }

  /** The choice's habit by token instead of by class. */
  private habitOf(choice: Choice, context: ValueContext): Habit | undefined {
    const { habit } = choice;
    return habit && { ...habit, familiar: this.mask({ ...choice, allowed: familiarOf(choice), strict: true }, context) };
  }

  private drawsRich({ not, allowed, strict, ofAttack }: Choice): boolean {
    if (!this.rich || not === this.richClass) return false;
    if ((strict || ofAttack) && allowed) return allowed[this.richClass] === 1;
    if (this.spec.richCount === 0 && this.known > 0) return false;
    return this.rich.name === 'text' || this.rich.name === 'ip' ? this.spec.open && (allowed === undefined || allowed[this.richClass] === 1) : true;
  }

  /** One of the classes, as often as they were seen. */
  private drawClass(choice: Choice, { random }: ValueContext, of: (c: number) => boolean): number {
    const { counts, absent, richCount } = this.spec;
    const weigh = (may: (c: number) => boolean): Float64Array =>
      Float64Array.from({ length: this.known + 2 }, (_, c) => (of(c) && may(c) ? (c === 0 ? absent : c <= this.known ? counts[c - 1] : richCount) : 0));
    let weights = weigh((c) => c !== choice.not && (choice.allowed?.[c] ?? 1) === 1 && (c !== this.richClass || this.drawsRich(choice)));
    if (choice.strict) weights = weights.map((weight, c) => (weight === 0 && (choice.allowed?.[c] ?? 1) === 1 && c <= this.known && of(c) ? 1e-9 : weight));
    if (!weights.some((weight) => weight > 0)) weights = weigh((c) => c !== choice.not);
    if (!weights.some((weight) => weight > 0)) weights = weigh(() => true);
    let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
    return Math.max(0, weights.findIndex((weight) => weight > 0 && (left -= weight) < 0));
  }

  /** Opening of a value of the rich kind where no token says it. */
  private drawFirst(context: ValueContext): number {
    const mask = this.rich!.mask?.(context);
    const may = Array.from({ length: this.rich!.size }, (_, first) => first).filter((first) => !mask || mask[first] === 1);
    return may.length === 1 ? may[0] : may[Math.floor(context.random() * may.length)];
  }

  private *readRich(first: number, own: Own, context: ValueContext, reader: Reader): Walk<Leaf> {
    const inner = yield* this.rich!.readRest(first, this.id, reader, context);
    const empty = inner === '' && !reader.exact && this.known > 0;
    return this.show(empty ? this.vocabulary[0] : inner, own);
  }

  /** A known value by its text, as `write` has it, so that a model sees what it was trained on; the first `skip` tokens were chosen already. */
  private *spell(c: number, skip: number, own: Own, context: ValueContext, reader: Reader): Walk<Leaf> {
    const leaf = this.leafOf(c, own);
    const tokens = reader.tokensOf((writer) => this.write(leaf, c, false, own, context, writer));
    for (const token of tokens.slice(skip)) yield* reader.choose(this.id, token, token + 1);
    return leaf;
  }

  /** The leaf with placeholders; undefined when it holds placeholders itself. */
  hide(leaf: Leaf, own: Own): Leaf | undefined {
    const { placeholder, references } = this.spec;
    if (typeof leaf !== 'string' || !(placeholder || references.length > 0)) return leaf;
    if (!canHide(leaf)) return undefined;
    const inner = references.length > 0 ? hideReferences(leaf, this.referenceTexts(own)) : leaf;
    return placeholder ? hideName(inner, own.name) : inner;
  }

  private show(leaf: Leaf, own: Own): Leaf {
    const { placeholder, references } = this.spec;
    if (typeof leaf !== 'string' || !(placeholder || references.length > 0)) return leaf;
    const inner = placeholder ? showName(leaf, own.name) : leaf;
    return references.length > 0 ? showReferences(inner, this.referenceTexts(own, 1)) : inner;
  }

  /** A value that is drawn may be shorter than those that are looked for in strings. */
  private referenceTexts({ leaves }: Own, least?: number): Array<string | undefined> {
    return this.spec.references.map((a) => referenceText(leaves[a], least));
  }
}

/** A damaged residual need not be JSON: then it is a string. */
function parseLeaf(text: string): Leaf {
  try {
    return leafOf(JSON.parse(text) as Json);
  } catch {
    return text;
  }
}
