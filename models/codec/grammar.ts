import type { Candidates, Position, Step } from './types';
import type { Leaf } from './leaf';
import type { Bpe } from './bpe';
import type { FormerDraft } from './former';
import { allowedSubwords, tidy, type TextShape } from './text_shape';

/** Longest text that generation writes, tokens; encoded text may be longer. */
export const MAX_TEXT = 192;

/** The token that opens every stream, and stands for none. */
export const BOS = 0;

/** Field ids that are no column of the data. */
export const SPECIAL_FIELDS = ['@rare', '@gap', '@day', '@slot', '@type', '@structure', '@extra'] as const;
export const RARE = 0;
export const GAP = 1;
export const DAY = 2;
export const SLOT = 3;
export const TYPE = 4;
export const STRUCTURE = 5;
export const EXTRA = 6;

/** Not known, in the slot and weekday channels. */
export const NO_SLOT = 96;
export const NO_WEEKDAY = 7;

/** Where the tokens of an event go while it is encoded. */
export class Writer {
  readonly tokens: number[] = [];
  readonly positions: Position[] = [];
  readonly residual: unknown[] = [];
  slot = NO_SLOT;
  weekday = NO_WEEKDAY;
  place = 0;
  /** What the place is after a long gap. */
  resumed = 0;

  /** With `draft`, texts go there and are left out but for their end: enough to see what is written, at no cost by the character. */
  constructor(
    private readonly text: TextTokens,
    private readonly former?: FormerDraft,
    readonly draft?: string[]
  ) {}

  put(field: number, token: number): void {
    const { slot, weekday, place } = this;
    this.tokens.push(token);
    this.positions.push({ field, slot, weekday, place, former: this.former?.of(field) ?? BOS });
    this.former?.note(field, token);
  }

  /** Writes a text, its first `most` subwords where it has as many. False then: the text must be kept elsewhere. */
  putText(field: number, text: string, most = Infinity): boolean {
    const ids = this.draft ? [] : this.text.bpe.encode(text);
    if (this.draft) this.draft.push(text);
    for (let i = 0; i < ids.length && i < most; i++) this.put(field, this.text.lo + ids[i]);
    this.put(field, this.text.end);
    return ids.length < most;
  }
}

/** A grammar's walk: yields what may come next, is sent the token chosen, returns what the tokens say. */
export type Walk<T> = Generator<Step, T, number>;

/** What reading an event carries along. With a residual it is exact, else it draws. */
export class Reader {
  slot = NO_SLOT;
  weekday = NO_WEEKDAY;
  place = 0;
  resumed = 0;
  private at = 0;

  constructor(
    readonly text: TextTokens,
    readonly random: () => number,
    private readonly residual?: readonly unknown[],
    private readonly former?: FormerDraft
  ) {}

  get exact(): boolean {
    return this.residual !== undefined;
  }

  /** The next thing that the tokens do not hold; only when exact. */
  take(): unknown {
    return this.residual?.[this.at++];
  }

  /** The tokens that a writer would put, for values that are fixed beforehand. */
  tokensOf(write: (writer: Writer) => void): number[] {
    return this.draft(write).tokens;
  }

  /** What a writer would put. */
  draft(write: (writer: Writer) => void): Writer {
    const writer = new Writer(this.text);
    writer.place = this.place;
    writer.resumed = this.resumed;
    write(writer);
    return writer;
  }

  /** One token out of `lo <= token < hi`. */
  *choose(field: number, lo: number, hi: number, mask?: Uint8Array, habit?: Candidates['habit']): Walk<number> {
    const candidates: Candidates = { lo, hi };
    if (mask) candidates.mask = mask;
    if (habit) candidates.habit = habit;
    const { slot, weekday, place } = this;
    const token = yield { field, slot, weekday, place, former: this.former?.of(field) ?? BOS, candidates };
    this.former?.note(field, token);
    return token;
  }

  /** A text, of the given shape or of at most `most` subwords where it is made up. */
  *readText(field: number, shape?: TextShape, most = shape?.most ?? MAX_TEXT): Walk<string> {
    return (yield* this.readSubwords(field, shape, most)).text;
  }

  /** What `putText` wrote with `most`; not `whole` when that was only the start of a text. */
  *readStart(field: number, most: number, shape?: TextShape): Walk<{ text: string; whole: boolean }> {
    const { text, subwords } = yield* this.readSubwords(field, shape, Math.min(most, shape?.most ?? MAX_TEXT));
    return { text, whole: !this.exact || subwords < most };
  }

  private *readSubwords(field: number, shape: TextShape | undefined, most: number): Walk<{ text: string; subwords: number }> {
    const { lo, end, bpe } = this.text;
    const masks = shape && !this.exact ? masksOf(shape, this.text) : undefined;
    const ids: number[] = [];
    for (;;) {
      const full = !this.exact && ids.length >= most;
      const token = yield* this.choose(field, full ? end : lo, end + 1, full ? undefined : ids.length === 0 ? masks?.first : masks?.later);
      if (token === end) return { text: shape && !this.exact ? tidy(bpe.decode(ids), shape) : bpe.decode(ids), subwords: ids.length };
      ids.push(token - lo);
    }
  }
}

const maskCache = new WeakMap<TextShape, { first: Uint8Array; later: Uint8Array }>();

/** Which of the text tokens, end included, a text of the shape may open and go on with. */
function masksOf(shape: TextShape, { bpe }: TextTokens): { first: Uint8Array; later: Uint8Array } {
  let masks = maskCache.get(shape);
  if (!masks) {
    const subwords = allowedSubwords(shape, bpe);
    masks = { first: Uint8Array.of(...subwords, shape.empty || !subwords.includes(1) ? 1 : 0), later: Uint8Array.of(...subwords, 1) };
    maskCache.set(shape, masks);
  }
  return masks;
}

/** The shared text vocabulary in the token space: subwords from `lo`, then the end of text. */
export interface TextTokens {
  bpe: Bpe;
  lo: number;
  end: number;
}

/** What values may depend on besides the event itself. */
export interface ValueContext {
  /** Time of the event, ms. */
  time: number;
  /** Values seen lately in the stream, newest first, by pool of id fields. */
  recent(pool: number): readonly Leaf[];
  /** Ids that were written as new are never drawn again in the stream. */
  random(): number;
  /** Bounds that a number, or a time in ms, must keep. */
  within?: { lo: number; hi: number };
  /** Whether a recent id may come back; all may when left out. */
  usable?(id: Leaf): boolean;
}

/**
 * Values of a field beyond its vocabulary, written by tokens of their own kind. A kind's first token lies in the field's range, the
 * rest follow. Writing and reading stand side by side in each kind so that they cannot drift apart.
 */
export interface RichKind {
  readonly name: 'number' | 'time' | 'id' | 'ip' | 'text';
  /** Tokens that a value may open with. */
  readonly size: number;
  /** Whether the kind can write the value. */
  accepts(value: Leaf, context: ValueContext): boolean;
  /** 0 <= first < size, for an accepted value. */
  first(value: Leaf, context: ValueContext): number;
  writeRest(value: Leaf, first: number, field: number, writer: Writer): void;
  readRest(first: number, field: number, reader: Reader, context: ValueContext): Walk<Leaf>;
  /** First tokens that generation may choose now; undefined: all. */
  mask?(context: ValueContext): Uint8Array | undefined;
  describe(first: number): string;
}
