import { xoroshiro128plus } from 'pure-rand';

/** Uniform in [0, 1), the same for the same seed. */
export function seeded(seed: number): () => number {
  const generator = xoroshiro128plus(seed | 0);
  return () => (generator.unsafeNext() >>> 0) / 0x1_0000_0000;
}

/** At most `size` of the items, drawn without replacement; order kept. */
export function sample(items: Int32Array, size: number, random: () => number): Int32Array {
  if (items.length <= size) return items;
  // Selection sampling (Knuth, algorithm S): each item with the probability that fills what is left.
  const chosen = new Int32Array(size);
  for (let i = 0, taken = 0; taken < size; i++) if (random() * (items.length - i) < size - taken) chosen[taken++] = items[i];
  return chosen;
}

/** Fisher-Yates, in place. */
export function shuffle<T extends Int32Array | Float64Array | Uint8Array>(items: T, random: () => number): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}
