import type { Rows } from './corpus';
import { shuffle } from './random';
import type { Table } from './table';

/**
 * Events of one entity at one time are alike (a session): whoever has learned some of them knows the others. They are kept
 * together in blocks: an entity's days or, where those are too few, its hours, minutes or seconds.
 */
export interface Blocks {
  /** Block of each row. */
  block: Int32Array;
  count: number;
}

const LENGTHS = [86_400_000, 3_600_000, 60_000, 1_000];

/** The longest blocks of which there are at least `least`; undefined where there are too few of any. `shifts`: ms added to the time of each row, so that periods can be laid over each other. */
export function blocksOf(table: Table, rows: Rows, least: number, shifts?: Float64Array): Blocks | undefined {
  for (const length of LENGTHS) {
    const blocks = cut(table, rows, length, shifts);
    if (blocks.count >= least) return blocks;
  }
  return undefined;
}

function cut(table: Table, rows: Rows, length: number, shifts?: Float64Array): Blocks {
  const ids = new Map<string, number>();
  const block = Int32Array.from(rows, (row, i) => {
    const key = `${table.entity[row]}/${Math.floor((table.time[row] + (shifts?.[i] ?? 0)) / length)}`;
    const known = ids.get(key) ?? ids.size;
    ids.set(key, known);
    return known;
  });
  return { block, count: ids.size };
}

/**
 * Two halves of the rows, in their order: of each entity, every other block at random. Blocks are as long as leaves most rows to
 * entities with two of them; else the halves would be of different entities.
 */
export function halves(table: Table, rows: Rows, random: () => number): [Rows, Rows] {
  for (const length of LENGTHS) {
    const { block, count } = cut(table, rows, length);
    const byEntity = new Map<number, { rows: number; blocks: Set<number> }>();
    rows.forEach((row, i) => {
      const own = byEntity.get(table.entity[row]) ?? { rows: 0, blocks: new Set() };
      byEntity.set(table.entity[row], own);
      own.rows++;
      own.blocks.add(block[i]);
    });
    const both = [...byEntity.values()].reduce((sum, own) => sum + (own.blocks.size > 1 ? own.rows : 0), 0);
    if (2 * both < rows.length) continue;
    const second = new Uint8Array(count);
    for (const { blocks } of byEntity.values()) {
      const start = random() < 0.5 ? 0 : 1;
      shuffle(Int32Array.from(blocks), random).forEach((each, i) => (second[each] = (start + i) % 2));
    }
    return [rows.filter((_, i) => second[block[i]] === 0), rows.filter((_, i) => second[block[i]] === 1)];
  }
  return [rows, rows.subarray(0, 0)];
}
