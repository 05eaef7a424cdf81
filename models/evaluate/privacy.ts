import type { Report } from '../../common';
import { halves } from './blocks';
import type { Corpus, Rows } from './corpus';
import { meanOf, roc } from './distances';
import { histogram } from './field_report';
import type { MeasuredType } from './log_type';
import { Records, closestRecord, nearestDistances } from './nearest';
import { sample, seeded } from './random';
import type { Field } from './schema';
import { NULL } from './table';
import type { Table } from './table';
import { nearestText } from './text_similarity';

/** Events whose nearest neighbours are looked for, per log type and set. */
const PROBES = 800;
const TEXT_PROBES = 250;
const TEXT_REFERENCES = 2_500;

interface TypePrivacy {
  weight: number;
  copies: Compared;
  rouge1: Compared;
  cosine: Compared;
  closest: { synthetic: ReturnType<typeof closestRecord>; floor: ReturnType<typeof closestRecord> | undefined };
  nearest: { train: Float64Array; heldout: Float64Array; synthetic: Float64Array };
  /** Scores of members and non-members of the training events, for the synthetic events and for the floor. */
  membership: { members: Float64Array; others: Float64Array; floorMembers: Float64Array; floorOthers: Float64Array };
}

interface Compared {
  synthetic: number | null;
  floor: number | null;
}

/**
 * What synthetic events tell of the training events. The reference is one half of the training events, as many as are held
 * out; for the floor the other half plays the part of the synthetic events. Those are of the same time, as synthetic events
 * are: what changed between training and the held-out events (a new browser) makes both alike nearer to training, though
 * nobody copied.
 */
function measure({ sets, distinctFields }: MeasuredType, table: Table, fields: readonly Field[], seed: number): TypePrivacy | undefined {
  const random = seeded(seed);
  const [reference, others] = halves(table, sets.train, random);
  const size = Math.min(reference.length, sets.heldout.length);
  if (size === 0 || sets.synthetic.length === 0) return undefined;
  const [train, heldout, floor, synthetic] = [reference, sets.heldout, others, sets.synthetic].map((rows) => sample(rows, size, random));
  const records = new Records(distinctFields, sets.train);
  const probe = (rows: Rows) => sample(rows, PROBES, random);
  const distances = (rows: Rows, from: Rows) => nearestDistances(records, rows, from);
  const [probes, floorProbes, members, strangers] = [synthetic, floor, train, heldout].map(probe);
  const [toTrain, floorToTrain] = [distances(probes, train), distances(floorProbes, train)];
  const score = (rows: Rows, near: Rows) => (near.length === 0 ? new Float64Array(0) : distances(rows, near).map((distance) => -distance));
  const texts = sample(train, TEXT_REFERENCES, random);
  const [ofSynthetic, ofFloor] = [synthetic, floor].map((rows) => nearestText(fields, sample(rows, TEXT_PROBES, random), texts));
  const keys = new Set(Array.from(reference, (row) => records.key(row)));
  const copied = (rows: Rows) => (rows.length === 0 ? null : rows.reduce((sum, row) => sum + (keys.has(records.key(row)) ? 1 : 0), 0) / rows.length);
  return {
    weight: sets.heldout.length,
    copies: { synthetic: copied(sets.synthetic), floor: copied(others) },
    rouge1: { synthetic: ofSynthetic.rouge1, floor: ofFloor.rouge1 },
    cosine: { synthetic: ofSynthetic.cosine, floor: ofFloor.cosine },
    closest: {
      synthetic: closestRecord(toTrain, distances(probes, heldout)),
      floor: floorProbes.length === 0 ? undefined : closestRecord(floorToTrain, distances(floorProbes, heldout)),
    },
    nearest: { train: floorToTrain, heldout: distances(strangers, train), synthetic: toTrain },
    membership: { members: score(members, synthetic), others: score(strangers, synthetic), floorMembers: score(members, floor), floorOthers: score(strangers, floor) },
  };
}

const join = (arrays: readonly Float64Array[]) => Float64Array.from(arrays.flatMap((array) => Array.from(array)));

/** All log types together, weighted by their held-out events. */
export function privacy(corpus: Corpus, types: readonly MeasuredType[], fields: ReadonlyArray<readonly Field[]>, seed: number) {
  const found = types.map((type) => measure(type, corpus.tables[type.type], fields[type.type], seed)).filter((each) => each !== undefined);
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
    copies: { value: weighted(({ copies }) => copies.synthetic), floor: weighted(({ copies }) => copies.floor) },
    rouge1: { value: weighted(({ rouge1 }) => rouge1.synthetic), floor: weighted(({ rouge1 }) => rouge1.floor) },
    cosine: { value: weighted(({ cosine }) => cosine.synthetic), floor: weighted(({ cosine }) => cosine.floor) },
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
