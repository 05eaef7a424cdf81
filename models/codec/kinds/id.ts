import type { Leaf } from '../leaf';
import type { Reader, RichKind, ValueContext, Walk, Writer } from '../grammar';
import { drawFromPattern, matchesPattern, type IdPattern } from './id_pattern';

/** How far back a repeated id is looked for. */
export const RECENT_IDS = 16;

export interface IdSpec {
  kind: 'id';
  patterns: IdPattern[];
  /** Fields that share values share a pool of recent ids. */
  pool: number;
  /** Whether ids come back later in a stream; if not, one is always new. */
  repeats: boolean;
}

/** Random ids: new ones (the residual holds the characters), or the k-th most recent of the stream. */
export class IdKind implements RichKind {
  readonly name = 'id';
  readonly size: number;
  private readonly total: number;

  constructor(private readonly spec: IdSpec) {
    this.size = spec.repeats ? 1 + RECENT_IDS : 1;
    this.total = spec.patterns.reduce((sum, { count }) => sum + count, 0);
  }

  get pool(): number {
    return this.spec.pool;
  }

  accepts(value: Leaf, context: ValueContext): boolean {
    if (typeof value !== 'string') return false;
    if (context.recent(this.spec.pool).includes(value)) return this.spec.repeats;
    return this.spec.patterns.some((pattern) => matchesPattern(pattern, value));
  }

  first(value: Leaf, context: ValueContext): number {
    return this.spec.repeats ? context.recent(this.spec.pool).indexOf(value) + 1 : 0;
  }

  writeRest(value: Leaf, first: number, _field: number, writer: Writer): void {
    if (first === 0) writer.residual.push(value);
  }

   
  *readRest(first: number, _field: number, reader: Reader, context: ValueContext): Walk<Leaf> {
    if (first > 0) return context.recent(this.spec.pool)[first - 1];
    if (reader.exact) return reader.take() as string;
    let pick = reader.random() * this.total;
    let chosen = this.spec.patterns[0];
    for (const pattern of this.spec.patterns) {
      chosen = pattern;
      pick -= pattern.count;
      if (pick < 0) break;
    }
    return drawFromPattern(chosen, reader.random);
  }

  /** Whether a value has the format of the field's ids. */
  fits(value: string): boolean {
    return this.spec.patterns.some((pattern) => matchesPattern(pattern, value));
  }

  mask(context: ValueContext): Uint8Array | undefined {
    const recent = context.recent(this.spec.pool);
    const { usable } = context;
    if (usable && this.spec.repeats) return Uint8Array.from({ length: this.size }, (_, first) => (first === 0 || (first <= recent.length && usable(recent[first - 1])) ? 1 : 0));
    const known = recent.length;
    return known < this.size - 1 ? Uint8Array.from({ length: this.size }, (_, first) => (first <= known ? 1 : 0)) : undefined;
  }

  describe(first: number): string {
    return first === 0 ? '(new id)' : `(id ${first} back)`;
  }
}
