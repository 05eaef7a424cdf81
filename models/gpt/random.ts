import { xoroshiro128plus } from 'pure-rand';

/** Seeded uniform numbers in [0, 1), 32 bits each; the same seed gives the same numbers on every machine. */
export function seededUniform(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => (generator.unsafeNext() >>> 0) / 0x1_0000_0000;
}

/** Standard normal numbers by the Box-Muller transform. */
export function seededNormal(seed: number): () => number {
  const uniform = seededUniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
