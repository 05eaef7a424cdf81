import { valuesOfAll } from './condition';
import { tableOf, type Domains } from './domains';
import type { Field } from './field';
import { showLeaf, type Leaf } from './leaf';
import type { TypeSpec } from './spec';

interface Dependent {
  b: number;
  table: Map<number, number>;
}

/**
 * Which fields follow from which: what stands behind a value that was never seen (a new address) must still look like what stands
 * behind one that was.
 */
export class Followers {
  private readonly of = new Map<number, Dependent[]>();
  private readonly by = new Map<number, Array<{ a: number; table: Map<number, number> }>>();

  constructor(
    spec: TypeSpec,
    private readonly fields: readonly Field[]
  ) {
    spec.fields.forEach(({ chain }, b) => {
      for (const rule of chain) {
        if (rule.rule !== 'table' || rule.coarse || rule.a < 0 || !fields[rule.a].rich) continue;
        const table = tableOf(rule.table);
        const followers = this.of.get(rule.a) ?? [];
        followers.push({ b, table });
        this.of.set(rule.a, followers);
        const determinants = this.by.get(b) ?? [];
        determinants.push({ a: rule.a, table });
        this.by.set(b, determinants);
      }
    });
  }

  start(technique: number, domains?: Domains): Prototypes | undefined {
    return this.of.size === 0 ? undefined : new Prototypes(this.of, this.by, this.fields, technique, domains);
  }
}

/** Of one event: for each value that was never seen, the known values that it may be like. All that follows from it agrees with one of them. */
export class Prototypes {
  private readonly like = new Map<number, number[]>();

  constructor(
    private readonly of: ReadonlyMap<number, readonly Dependent[]>,
    private readonly by: ReadonlyMap<number, ReadonlyArray<{ a: number; table: Map<number, number> }>>,
    private readonly fields: readonly Field[],
    private readonly technique: number,
    private readonly domains?: Domains
  ) {}

  /** Classes of field `b` that agree with what was chosen so far; undefined when all do. `unseen(a)`: field a's value, if it is such a one. */
  allowed(b: number, size: number, unseen: (a: number) => Leaf | undefined): Uint8Array | undefined {
    let mask: Uint8Array | undefined;
    for (const { a, table } of this.by.get(b) ?? []) {
      const value = this.of.has(a) ? unseen(a) : undefined;
      if (value === undefined) continue;
      const own = new Uint8Array(size);
      for (const key of this.keys(a, value)) {
        const c = table.get(key);
        if (c !== undefined) own[c] = 1;
      }
      if (!own.includes(1)) continue;
      const both: Uint8Array = mask ? mask.map((bit, c) => bit & own[c]) : own;
      mask = both.includes(1) ? both : mask;
    }
    return mask;
  }

  /** Field `b` has become class `c`. */
  note(b: number, c: number, unseen: (a: number) => Leaf | undefined): void {
    for (const { a, table } of this.by.get(b) ?? []) {
      const value = this.of.has(a) ? unseen(a) : undefined;
      if (value === undefined) continue;
      const left = this.keys(a, value).filter((key) => {
        const expected = table.get(key);
        return expected === undefined || expected === c;
      });
      if (left.length > 0) this.like.set(a, left);
    }
  }

  /** By chance, but the same for the same value in every log type; of those behind which most is known. */
  private alwaysLike(a: number, value: Leaf, keys: readonly number[]): number {
    const known = (key: number): number => this.of.get(a)!.filter(({ table }) => table.has(key)).length;
    const most = Math.max(...keys.map(known));
    const rank = (key: number): number => (key === 0 ? Infinity : hash(value, this.fields[a].vocabulary[key - 1] ?? null));
    return keys.filter((key) => known(key) === most).reduce((best, key) => (rank(key) < rank(best) ? key : best));
  }

  private keys(a: number, value: Leaf): number[] {
    let keys = this.like.get(a);
    if (!keys) {
      const followers = this.of.get(a)!;
      const all = [...new Set(followers.flatMap(({ table }) => [...table.keys()]))];
      const isOfAttacks = (key: number): boolean => this.technique === 0 && this.fields[a].allowed.normal?.[key] === 0;
      const fit = all.filter((key) => !isOfAttacks(key) &&
        followers.every(({ b, table }) => {
          const c = table.get(key);
          const mask = this.domains?.classes.get(b);
          return c === undefined || !mask || mask[c] === 1;
        })
      );
      keys = fit.length > 0 ? fit : all;
      // A value that was asked for comes again and again, in many streams: it is always like the same one.
      const tests = this.domains?.tests.get(a);
      if (tests && valuesOfAll(tests)) keys = [this.alwaysLike(a, value, keys)];
      this.like.set(a, keys);
    }
    return keys;
  }
}

/** FNV-1a of two values. */
function hash(value: Leaf, key: Leaf): number {
  const text = `${showLeaf(value)} ${showLeaf(key)}`;
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
