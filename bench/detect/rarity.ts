import { mean } from 'simple-statistics';
import type { DetectionTask } from './organisation';
import { columnsOf, valuesOf } from './columns';

const BURST_MS = 600_000;
/** Nats that each event of the last minutes adds: the best of several on organisations other than those that the bench shows. */
const BURST_WEIGHT = 0.03;

class Counts {
  private readonly values = new Map<string, number>();
  private readonly fields = new Map<string, number>();

  add(field: string, value: string): void {
    this.fields.set(field, (this.fields.get(field) ?? 0) + 1);
    const key = `${field}\u0000${value}`;
    this.values.set(key, (this.values.get(key) ?? 0) + 1);
  }

  /** -ln of the value's share, with one event more for what was never seen. */
  rarity(field: string, value: string): number {
    return Math.log((this.fields.get(field) ?? 0) + 1) - Math.log((this.values.get(`${field}\u0000${value}`) ?? 0) + 1);
  }
}

export interface RarityScores {
  /** How rare the values are among all and for this entity, the fields' mean, and how many events of it came in ten minutes. */
  rarityAndBurst: number[];
  /** How rare the pairs of entity and value are, the fields' mean. */
  userPairs: number[];
}

/** The simple bar: counts of values, learned from training events; no model. */
export function rarityScores({ train, test }: DetectionTask): RarityScores {
  const columns = new Set(columnsOf(train));
  const all = new Counts();
  const byEntity = new Map<string, Counts>();
  for (const event of train) {
    let own = byEntity.get(event.entity);
    if (!own) byEntity.set(event.entity, (own = new Counts()));
    for (const [field, value] of valuesOf(event, columns)) {
      all.add(field, value);
      own.add(field, value);
    }
  }
  const recent = new Map<string, number[]>();
  const nobody = new Counts();
  const scores: RarityScores = { rarityAndBurst: [], userPairs: [] };
  for (const event of test) {
    const { entity, time } = event;
    const own = byEntity.get(entity) ?? nobody;
    const values = [...valuesOf(event, columns)];
    const globally = average(values.map(([field, value]) => all.rarity(field, value)));
    const pairs = average(values.map(([field, value]) => own.rarity(field, value)));
    const times = (recent.get(entity) ?? []).filter((at) => at > time - BURST_MS);
    times.push(time);
    recent.set(entity, times);
    scores.rarityAndBurst.push(globally + pairs + BURST_WEIGHT * times.length);
    scores.userPairs.push(pairs);
  }
  return scores;
}

const average = (values: readonly number[]): number => (values.length === 0 ? 0 : mean(values));
