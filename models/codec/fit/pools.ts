import type { IdSpec } from '../kinds/id';
import type { TypeSpec } from '../spec';
import type { ScannedType } from './scan';

/** Fields whose values overlap by this share of the smaller share a pool of recent ids. */
const OVERLAP = 0.2;
const SAMPLE = 2000;

/** Numbers the pools of recent ids: id fields that share values, across log types, share a pool. */
export function joinPools(types: readonly TypeSpec[], scanned: readonly ScannedType[]): void {
  const members: Array<{ spec: IdSpec; values: Set<unknown>; pool: number }> = [];
  types.forEach((type, t) => {
    for (const { rich, order } of type.fields) {
      if (rich?.kind === 'id') members.push({ spec: rich, values: new Set(scanned[t].paths[order].table.values), pool: members.length });
    }
  });
  const find = (i: number): number => {
    while (members[i].pool !== i) i = members[i].pool;
    return i;
  };
  for (let i = 0; i < members.length; i++) {
    for (let j = 0; j < i; j++) {
      const [small, large] = members[i].values.size < members[j].values.size ? [members[i], members[j]] : [members[j], members[i]];
      let shared = 0;
      let seen = 0;
      for (const value of small.values) {
        if (++seen > SAMPLE) break;
        if (large.values.has(value)) shared++;
      }
      if (shared < OVERLAP * Math.min(SAMPLE, small.values.size)) continue;
      // Ids that another field had before come back, even if each field's own are always new.
      members[find(i)].pool = find(j);
    }
  }
  members.forEach((member, i) => {
    member.spec.pool = find(i);
  });
}
