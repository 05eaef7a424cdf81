import { ABSENT, leafKey, sameLeaf, type Leaf } from './leaf';
import type { Field } from './field';
import type { Own } from './placeholder';
import { ENTITY, TECHNIQUE, type PredictorSpec } from './spec';

/** What is known of an event while it is written or read, by field in coding order. */
export interface EventState {
  leaves: Leaf[];
  classes: Int32Array;
  own: Own;
  entity: number;
  technique: number;
  /** What field `b` was when field `a` last had this value in the stream. */
  remembered(b: number, value: unknown): Leaf | undefined;
}

/** A prediction: a class (`leaf` undefined), or a value. */
export interface Prediction {
  class: number;
  leaf?: Leaf;
  /** The determinant's field, ENTITY, TECHNIQUE, or undefined for constants. */
  by?: number;
}

type Predictor = (state: EventState) => Prediction | undefined;

const unflat = (table: readonly number[]): Map<number, number> => {
  const map = new Map<number, number>();
  for (let i = 0; i < table.length; i += 2) map.set(table[i], table[i + 1]);
  return map;
};

export function affix(value: string, cut: readonly [string, string], add: readonly [string, string]): string | undefined {
  if (value.length < cut[0].length + cut[1].length || !value.startsWith(cut[0]) || !value.endsWith(cut[1])) return undefined;
  return add[0] + value.slice(cut[0].length, value.length - cut[1].length) + add[1];
}

/** Makes a predictor for field `b` of the fields before it. */
export function compilePredictor(spec: PredictorSpec, fields: readonly Field[], b: number): Predictor {
  switch (spec.rule) {
    case 'constant': {
      const prediction = { class: spec.class };
      return () => prediction;
    }
    case 'table': {
      const { a, coarse } = spec;
      const predictions = new Map([...unflat(spec.table)].map(([key, c]) => [key, { class: c, by: a }]));
      return (state) => predictions.get(determinantKey(state, fields, a, coarse));
    }
    case 'pair': {
      const { a } = spec;
      const tables = new Map(
        spec.entities.map((entity, i) => [entity, new Map([...unflat(spec.tables[i])].map(([key, c]) => [key, { class: c, by: a }]))])
      );
      return (state) => tables.get(state.entity)?.get(state.classes[a]);
    }
    case 'copy': {
      const { a } = spec;
      return (state) => (state.leaves[a] === ABSENT ? undefined : { class: -1, leaf: state.leaves[a], by: a });
    }
    case 'affix': {
      const { a, cut, add } = spec;
      return (state) => {
        const source = state.leaves[a];
        const text = typeof source === 'string' ? affix(source, cut, add) : undefined;
        return text === undefined ? undefined : { class: -1, leaf: text, by: a };
      };
    }
    case 'memory': {
      const { a } = spec;
      return (state) => {
        if (state.leaves[a] === ABSENT) return undefined;
        const leaf = state.remembered(b, leafKey(state.leaves[a]));
        return leaf === undefined ? undefined : { class: -1, leaf, by: a };
      };
    }
  }
}

export function determinantKey(state: EventState, fields: readonly Field[], a: number, coarse: boolean): number {
  if (a === ENTITY) return state.entity;
  if (a === TECHNIQUE) return state.technique;
  return coarse ? fields[a].coarse(state.classes[a]) : state.classes[a];
}

/** Whether a field's value is what was predicted. */
export function isPredicted(prediction: Prediction, state: EventState, b: number): boolean {
  return prediction.leaf !== undefined ? sameLeaf(prediction.leaf, state.leaves[b]) : prediction.class === state.classes[b];
}
