import { ABSENT, EMPTY_ARRAY, EMPTY_OBJECT, leafKey, leafOf, leafValue, loadLeaf, showLeaf, type Leaf } from './leaf';
import { showPath } from './flatten';
import type { Reader, RichKind, ValueContext, Walk, Writer } from './grammar';
import { IdKind } from './kinds/id';
import { IpKind } from './kinds/ip';
import { NumberKind } from './kinds/number';
import { TextKind } from './kinds/text';
import { TimeKind } from './kinds/time';
import { canHide, hideName, hideReferences, referenceText, showName, showReferences, type Own } from './placeholder';
import type { FieldSpec, RichSpec } from './spec';
import type { Json } from '../../common';

/** Tokens of a field without own ones: absent, a string as text, anything else as JSON text. */
export const SHARED_TOKENS = 3;
const ESCAPES = 2;

function richKind(spec: RichSpec, octets: number): RichKind {
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
      return new TextKind();
  }
}

/** Tokens that a field with tokens of its own takes. */
export function tokensOf(spec: FieldSpec): number {
  return 1 + spec.vocabulary.length + (spec.rich ? richKind(spec.rich, 0).size : 0) + ESCAPES;
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
}

/** One field of one log type: its classes, its tokens, how values are written and read. */
export class Field {
  readonly path: string;
  /** Size of the vocabulary, V. */
  readonly known: number;
  readonly rich?: RichKind;
  readonly vocabulary: Leaf[];
  /** Number of tokens it owns. */
  readonly size: number;
  private readonly classes = new Map<unknown, number>();
  private readonly support?: Map<number, Uint8Array>;

  constructor(
    readonly spec: FieldSpec,
    /** First of its tokens, or of the shared ones. */
    readonly lo: number,
    /** Field id in the side channel. */
    readonly id: number,
    octets: number
  ) {
    this.path = showPath(spec.path);
    this.vocabulary = spec.vocabulary.map(loadLeaf);
    this.known = this.vocabulary.length;
    this.vocabulary.forEach((leaf, i) => this.classes.set(leafKey(leaf), i + 1));
    this.rich = spec.rich && richKind(spec.rich, octets);
    this.size = spec.written > 0 ? tokensOf(spec) : 0;
    if (spec.support) {
      this.support = new Map();
      spec.support.entities.forEach((entity, i) => {
        const mask = new Uint8Array(this.known + 2);
        for (const c of spec.support!.classes[i]) if (c <= this.richClass) mask[c] = 1;
        this.support!.set(entity, mask);
      });
    }
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
    if (this.rich && c === this.richClass && (rich || this.size > 0)) {
      const inner = this.hide(leaf, own) as Leaf;
      const first = this.rich.first(inner, context);
      if (!(rich && this.rich.size === 1)) writer.put(this.id, this.lo + this.known + 1 + first);
      this.rich.writeRest(inner, first, this.id, writer);
    } else if (this.size > 0 && c <= this.known) {
      writer.put(this.id, this.lo + c);
    } else {
      const escapes = this.size > 0 ? this.lo + this.size - ESCAPES : this.lo + 1;
      const inner = leaf === ABSENT ? undefined : this.hide(leaf, own);
      if (leaf === ABSENT) {
        writer.put(this.id, this.lo);
      } else if (typeof inner === 'string') {
        writer.put(this.id, escapes);
        writer.putText(this.id, inner);
      } else {
        writer.put(this.id, escapes + 1);
        writer.putText(this.id, JSON.stringify(leafValue(leaf)));
      }
    }
  }

  /** Reads what `write` wrote. */
  *read(choice: Choice, own: Own, context: ValueContext, reader: Reader): Walk<Leaf> {
    const richLo = this.lo + this.known + 1;
    if (choice.rich && this.rich) {
      const mask = this.rich.mask?.(context);
      const first = this.rich.size === 1 ? 0 : (yield* reader.choose(this.id, richLo, richLo + this.rich.size, mask)) - richLo;
      return this.show(yield* this.rich.readRest(first, this.id, reader, context), own);
    }
    const hi = this.lo + (this.size || SHARED_TOKENS);
    const token = yield* reader.choose(this.id, this.lo, hi, this.mask(choice, reader.exact, context));
    const local = token - this.lo;
    const escape = this.size > 0 ? local - (this.size - ESCAPES) : local - 1;
    if (escape === 0) return this.show(yield* reader.readText(this.id), own);
    if (escape === 1) return parseLeaf(yield* reader.readText(this.id));
    if (local <= this.known) return this.leafOf(local, own);
    const first = local - this.known - 1;
    return this.show(yield* this.rich!.readRest(first, this.id, reader, context), own);
  }

  /** Classes that were seen with an entity, if the field's values belong to entities. */
  supportOf(entity: number): Uint8Array | undefined {
    return this.support?.get(entity);
  }

  /** What a token of the field's range stands for. */
  describe(local: number): string {
    if (this.size === 0) return ['(absent)', '(new text)', '(new value)'][local] ?? '';
    if (local === 0) return '(absent)';
    if (local <= this.known) return this.describeClass(local);
    if (local < this.size - ESCAPES) return this.rich!.describe(local - this.known - 1);
    return local === this.size - ESCAPES ? '(new text)' : '(new value)';
  }

  describeClass(c: number): string {
    return showLeaf(this.leafOf(c, { name: '<entity>', leaves: [] })).replace('<ENTITY>', '<entity>');
  }

  private mask(choice: Choice, exact: boolean, context: ValueContext): Uint8Array | undefined {
    if (exact) return undefined;
    if (this.size === 0) return Uint8Array.of(this.spec.absent > 0 && choice.not !== 0 ? 1 : 0, 1, 0);
    const mask = new Uint8Array(this.size);
    const open = this.spec.open && (choice.allowed === undefined || choice.allowed[this.richClass] === 1);
    for (let c = 0; c <= this.known; c++) mask[c] = choice.allowed ? choice.allowed[c] : 1;
    if (this.spec.absent === 0) mask[0] = 0;
    if (this.rich && choice.not !== this.richClass && (open || this.rich.name === 'number' || this.rich.name === 'time' || this.rich.name === 'id')) {
      const richMask = this.rich.mask?.(context);
      for (let i = 0; i < this.rich.size; i++) mask[this.known + 1 + i] = richMask ? richMask[i] : 1;
    }
    if (choice.not >= 0 && choice.not <= this.known) mask[choice.not] = 0;
    if (!mask.includes(1)) {
      // Nothing known is left: a value of the field's own, or else a new text.
      for (let c = 1; c <= this.known; c++) if (c !== choice.not) mask[c] = 1;
      if (!mask.includes(1)) mask[this.size - ESCAPES] = 1;
    }
    return mask;
  }

  /** The leaf with placeholders; undefined when it holds placeholders itself. */
  private hide(leaf: Leaf, own: Own): Leaf | undefined {
    const { placeholder, references } = this.spec;
    if (typeof leaf !== 'string' || !(placeholder || references.length > 0)) return leaf;
    if (!canHide(leaf)) return undefined;
    const inner = references.length > 0 ? hideReferences(leaf, this.referenced(own)) : leaf;
    return placeholder ? hideName(inner, own.name) : inner;
  }

  private show(leaf: Leaf, own: Own): Leaf {
    const { placeholder, references } = this.spec;
    if (typeof leaf !== 'string' || !(placeholder || references.length > 0)) return leaf;
    const inner = placeholder ? showName(leaf, own.name) : leaf;
    return references.length > 0 ? showReferences(inner, this.referenced(own)) : inner;
  }

  private referenced({ leaves }: Own): Array<string | undefined> {
    return this.spec.references.map((a) => referenceText(leaves[a]));
  }
}

/** Generated text need not be JSON: then it is a string. */
function parseLeaf(text: string): Leaf {
  try {
    return leafOf(JSON.parse(text) as Json);
  } catch {
    return text;
  }
}
