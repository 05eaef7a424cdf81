import type { Report } from '../../common';
import type { Rows } from './corpus';
import { meanOf, roc } from './distances';
import { histogram } from './field_report';
import type { MeasuredType } from './log_type';
import { Records, closestRecord, nearestDistances } from './nearest';
import { sample, seeded } from './random';
import type { Field } from './schema';
import { NULL } from './table';
import { nearestText } from './text_similarity';

/** Events whose nearest neighbours are looked for, per log type and set. */
const PROBES = 800;
const TEXT_PROBES = 250;
const TEXT_REFERENCES = 2_500;

interface TypePrivacy {
  weight: number;
  copies: { synthetic: number | null; heldout: number | null };
  rouge1: { synthetic: number | null; heldout: number | null };
  cosine: { synthetic: number | null; heldout: number | null };
  closest: { synthetic: ReturnType<typeof closestRecord>; floor: ReturnType<typeof closestRecord> | undefined };
  nearest: { train: Float64Array; heldout: Float64Array; synthetic: Float64Array };
  /** Scores of members and non-members of the training events, for the synthetic events and for the floor. */
  membership: { members: Float64Array; others: Float64Array; floorMembers: Float64Array; floorOthers: Float64Array };
}

/**
 * What synthetic events tell of the training events. The reference is as many training events as are held out, none of
 * them from the floor's first period: that period plays the part of the synthetic events for the floor.
 */
function measure({ sets, distinctFields }: MeasuredType, fields: readonly Field[], seed: number): TypePrivacy | undefined {
  const random = seeded(seed);
  const inFloor = new Set(sets.floors[0] ?? []);
  const apart = sets.train.filter((row) => !inFloor.has(row));
  const size = Math.min(apart.length, sets.heldout.length);
  if (size === 0 || sets.synthetic.length === 0) return undefined;
  const [train, heldout] = [sample(apart, size, random), sample(sets.heldout, size, random)];
  const [floor, synthetic] = [sample(sets.floors[0] ?? new Int32Array(0), size, random), sample(sets.synthetic, size, random)];
  const records = new Records(distinctFields, sets.train);
  const probe = (rows: Rows) => sample(rows, PROBES, random);
  const distances = (rows: Rows, others: Rows) => nearestDistances(records, rows, others);

  const [probes, floorProbes, members, others] = [probe(synthetic), probe(floor), probe(train), probe(heldout)];
  const toTrain = distances(probes, train);
  const score = (rows: Rows, near: Rows) => distances(rows, near).map((distance) => -distance);
  const texts = sample(train, TEXT_REFERENCES, random);
  const ofSynthetic = nearestText(fields, sample(synthetic, TEXT_PROBES, random), texts);
  const ofHeldout = nearestText(fields, sample(heldout, TEXT_PROBES, random), texts);
  const keys = new Set<string>();
  for (const row of apart) keys.add(records.key(row));
  const copied = (rows: Rows) => (rows.length === 0 ? null : rows.reduce((sum, row) => sum + (keys.has(records.key(row)) ? 1 : 0), 0) / rows.length);
  const floorToTrain = distances(floorProbes, train);
  return {
    weight: sets.heldout.length,
    copies: { synthetic: copied(sets.synthetic), heldout: copied(sets.heldout) },
    rouge1: { synthetic: ofSynthetic.rouge1, heldout: ofHeldout.rouge1 },
    cosine: { synthetic: ofSynthetic.cosine, heldout: ofHeldout.cosine },
    closest: {
      synthetic: closestRecord(toTrain, distances(probes, heldout)),
      floor: floorProbes.length === 0 ? undefined : closestRecord(floorToTrain, distances(floorProbes, heldout)),
    },
    nearest: { train: floorToTrain, heldout: distances(others, train), synthetic: toTrain },
    membership: {
      members: score(members, synthetic),
      others: score(others, synthetic),
      floorMembers: floor.length === 0 ? new Float64Array(0) : score(members, floor),
      floorOthers: floor.length === 0 ? new Float64Array(0) : score(others, floor),
    },
  };
}

const join = (arrays: readonly Float64Array[]) => Float64Array.from(arrays.flatMap((array) => Array.from(array)));

/** All log types together, weighted by their held-out events. */
export function privacy(types: readonly MeasuredType[], fields: ReadonlyArray<readonly Field[]>, seed: number) {
  const found = types.map((type) => measure(type, fields[type.type], seed)).filter((each) => each !== undefined);
  const weighted = (value: (each: TypePrivacy) => number | null | undefined) => {
    const known = found.map((each) => ({ weight: each.weight, value: value(each) })).filter((each): each is { weight: number; value: number } => typeof each.value === 'number');
    const total = known.reduce((sum, { weight }) => sum + weight, 0);
    return total === 0 ? null : known.reduce((sum, each) => sum + each.weight * each.value, 0) / total;
  };
  const attack = roc(join(found.map(({ membership }) => membership.members)), join(found.map(({ membership }) => membership.others)));
  const floorAttack = roc(join(found.map(({ membership }) => membership.floorMembers)), join(found.map(({ membership }) => membership.floorOthers)));
  const share = (closest: ReturnType<typeof closestRecord> | undefined) => (closest === undefined ? null : closest.train + closest.ties / 2);
  const sorted = (key: 'train' | 'heldout' | 'synthetic') => join(found.map(({ nearest }) => nearest[key])).sort();
  const ids = copiedIds(types, fields);
  const report: Report['privacy'] = {
    copied_ids: ids,
    nearest: histogram([sorted('train'), sorted('heldout'), sorted('synthetic')], '', false),
    closest_record: {
      train: weighted(({ closest }) => closest.synthetic.train) ?? 0,
      heldout: weighted(({ closest }) => closest.synthetic.heldout) ?? 0,
      ties: weighted(({ closest }) => closest.synthetic.ties) ?? 0,
    },
    membership_roc: attack.curve,
  };
  return {
    report,
    copies: { value: weighted(({ copies }) => copies.synthetic), floor: weighted(({ copies }) => copies.heldout) },
    rouge1: { value: weighted(({ rouge1 }) => rouge1.synthetic), floor: weighted(({ rouge1 }) => rouge1.heldout) },
    cosine: { value: weighted(({ cosine }) => cosine.synthetic), floor: weighted(({ cosine }) => cosine.heldout) },
    closest: { value: weighted(({ closest }) => share(closest.synthetic)), floor: weighted(({ closest }) => share(closest.floor)) },
    membership: { value: attack.auc, floor: floorAttack.auc },
  };
}

/** Ids that real events seldom have twice (all new in held-out events) and synthetic events took from training. */
function copiedIds(types: readonly MeasuredType[], fields: ReadonlyArray<readonly Field[]>): Report['privacy']['copied_ids'] {
  let values = 0;
  const shares: number[] = [];
  for (const { type, sets } of types) {
    for (const { kind, column } of fields[type]) {
      if (kind !== 'id') continue;
      const known = new Set<number>();
      for (const row of sets.train) known.add(column.at(row));
      const again = (rows: Rows) => {
        let [present, copied] = [0, 0];
        for (const row of rows) {
          if (column.at(row) <= NULL) continue;
          present++;
          if (known.has(column.at(row))) copied++;
        }
        return { present, copied };
      };
      // A value that real events carry on from the training period (an open session) is no copy.
      if (again(sets.heldout).copied > 0) continue;
      const { present, copied } = again(sets.synthetic);
      values += copied;
      if (present > 0) shares.push(copied / present);
    }
  }
  return { share: meanOf(shares), values };
}
