import { fromBytes, toBytes } from './bytes';

/** Pieces that merges never cross: words with their leading space, short digit runs, punctuation, white space. */
const PIECE = / ?\p{L}+|\d{1,3}| ?[^\s\p{L}\d]+|\s+/gu;
const CACHE = 50_000;

export const BYTES = 256;

/**
 * Byte-pair encoding (Sennrich et al. 2016) over bytes: ids 0-255 are bytes, 256 + i is the i-th merge.
 * Any string can be written.
 */
export class Bpe {
  private readonly ranks = new Map<number, number>();
  private readonly expansions: Uint8Array[];
  private readonly cache = new Map<string, number[]>();

  constructor(readonly merges: ReadonlyArray<readonly [number, number]>) {
    this.expansions = Array.from({ length: BYTES }, (_, byte) => Uint8Array.of(byte));
    merges.forEach(([left, right], i) => {
      this.ranks.set(pairKey(left, right), i);
      this.expansions.push(Uint8Array.from([...this.expansions[left], ...this.expansions[right]]));
    });
  }

  get size(): number {
    return this.expansions.length;
  }

  encode(text: string): number[] {
    const ids: number[] = [];
    for (const [piece] of text.matchAll(PIECE)) {
      let coded = this.cache.get(piece);
      if (!coded) {
        coded = this.encodePiece(piece);
        if (this.cache.size >= CACHE) this.cache.clear();
        this.cache.set(piece, coded);
      }
      for (const id of coded) ids.push(id);
    }
    return ids;
  }

  decode(ids: readonly number[]): string {
    let length = 0;
    for (const id of ids) length += this.expansions[id].length;
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const id of ids) {
      bytes.set(this.expansions[id], at);
      at += this.expansions[id].length;
    }
    return fromBytes(bytes);
  }

  /** The bytes that an id stands for. */
  bytesOf(id: number): Uint8Array {
    return this.expansions[id];
  }

  private encodePiece(piece: string): number[] {
    let ids = Array.from(toBytes(piece));
    // A long run without a boundary (base64) is merged in stretches, so that the cost stays linear.
    if (ids.length > 256) {
      const out: number[] = [];
      for (let i = 0; i < ids.length; i += 256) for (const id of this.mergeAll(ids.slice(i, i + 256))) out.push(id);
      return out;
    }
    ids = this.mergeAll(ids);
    return ids;
  }

  private mergeAll(ids: number[]): number[] {
    for (;;) {
      let best = Infinity;
      for (let i = 0; i + 1 < ids.length; i++) {
        const rank = this.ranks.get(pairKey(ids[i], ids[i + 1]));
        if (rank !== undefined && rank < best) best = rank;
      }
      if (best === Infinity) return ids;
      ids = replacePair(ids, this.merges[best][0], this.merges[best][1], BYTES + best);
    }
  }
}

const pairKey = (left: number, right: number): number => left * 65_536 + right;

function replacePair(ids: number[], left: number, right: number, merged: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] === left && ids[i + 1] === right && i + 1 < ids.length) {
      out.push(merged);
      i++;
    } else {
      out.push(ids[i]);
    }
  }
  return out;
}

/** Learns up to `count` merges from texts with weights. The same texts give the same merges. */
export function learnMerges(texts: Iterable<readonly [string, number]>, count: number): Array<[number, number]> {
  const pieces = new Map<string, number>();
  for (const [text, weight] of texts) {
    for (const [piece] of text.matchAll(PIECE)) if (piece.length > 1 && piece.length <= 256) pieces.set(piece, (pieces.get(piece) ?? 0) + weight);
  }
  const words = [...pieces].map(([piece, weight]) => ({ ids: Array.from(toBytes(piece)), weight }));
  const pairs = new Map<number, number>();
  const where = new Map<number, Set<number>>();
  const count1 = (index: number, sign: 1 | -1): void => {
    const { ids, weight } = words[index];
    for (let i = 0; i + 1 < ids.length; i++) {
      const key = pairKey(ids[i], ids[i + 1]);
      pairs.set(key, (pairs.get(key) ?? 0) + sign * weight);
      if (sign > 0) {
        let set = where.get(key);
        if (!set) where.set(key, (set = new Set()));
        set.add(index);
      }
    }
  };
  words.forEach((_, index) => count1(index, 1));
  const merges: Array<[number, number]> = [];
  while (merges.length < count) {
    let best = -1;
    let bestWeight = 1;
    for (const [key, weight] of pairs) {
      if (weight > bestWeight || (weight === bestWeight && best >= 0 && key < best)) {
        best = key;
        bestWeight = weight;
      }
    }
    if (best < 0) break;
    const left = Math.floor(best / 65_536);
    const right = best % 65_536;
    const merged = BYTES + merges.length;
    merges.push([left, right]);
    for (const index of where.get(best) ?? []) {
      count1(index, -1);
      words[index].ids = replacePair(words[index].ids, left, right, merged);
      count1(index, 1);
    }
    pairs.delete(best);
    where.delete(best);
  }
  return merges;
}
