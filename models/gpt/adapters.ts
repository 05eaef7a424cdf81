import type { Named } from './adamw';
import { elements, layerParameter, parameterSpecs, sideOffsets, type ParameterSpec } from './config';
import { seededNormal } from './random';
import type { Trained } from './trained';
import type { GptConfig, Weights } from './types';

/**
 * Low-rank adapters: each matrix of attention and of the MLP, W [I, O], becomes W + alpha / rank * A B with A [I, rank] and
 * B [rank, O], and only A and B are trained (Hu et al., "LoRA", 2021). Beside them some rows of the
 * tables are trained as they are: those of what the base has not learned, be it a condition (a technique), a value or a field.
 */
export interface AdapterOptions {
  rank: number;
  alpha: number;
  /** Rows at the end of the last side channel that are trained; 0 for none. */
  rows: number;
  /** Tokens, and ids of the first side channel (fields), that the base has not. */
  tokens?: readonly number[];
  fields?: readonly number[];
}

const PARTS = ['query', 'key', 'value', 'output', 'expand', 'contract'] as const;
const DOWN = 'down';
const UP = 'up';
const ROWS = 'rows';
const TABLES = ['token', 'side', 'skip.side'] as const;

/** Rows of a table that are trained. */
function trainedRows(config: GptConfig, table: (typeof TABLES)[number], { rows, tokens = [], fields = [] }: AdapterOptions): readonly number[] {
  if (table === 'token') return tokens;
  const { total } = sideOffsets(config.side);
  return [...fields, ...Array.from({ length: rows }, (_, i) => total - rows + i)];
}

const adaptedMatrices = (config: GptConfig) => Array.from({ length: config.layers }, (_, l) => PARTS.map((part) => layerParameter(l, part))).flat();

/** What is trained and stored: `<matrix>.down`, `<matrix>.up`, `token.rows`, `side.rows`, `skip.side.rows`. A starts Gaussian and B at zero: no change. */
export function adapterSpecs(config: GptConfig, options: AdapterOptions): ParameterSpec[] {
  const { rank } = options;
  const base = new Map(parameterSpecs(config).map((spec) => [spec.name, spec]));
  const specs: ParameterSpec[] = adaptedMatrices(config).flatMap((name) => {
    const [inputs, outputs] = base.get(name)!.dims;
    return [
      { name: `${name}.${DOWN}`, dims: [inputs, rank], deviation: 1 / Math.sqrt(inputs), decay: true },
      { name: `${name}.${UP}`, dims: [rank, outputs], deviation: 0, decay: true },
    ];
  });
  for (const table of TABLES) {
    const found = base.get(table);
    const rows = trainedRows(config, table, options).length;
    // Their start is the base's own rows: see `initAdapters`.
    if (found && rows > 0) specs.push({ name: `${table}.${ROWS}`, dims: [rows, found.dims[1]], deviation: 0, decay: false });
  }
  return specs;
}

export function adapterParameterCount(config: GptConfig, options: AdapterOptions): number {
  return adapterSpecs(config, options).reduce((sum, { dims }) => sum + elements(dims), 0);
}

/** Adapters that change nothing yet; the same seed gives the same on every machine. */
export function initAdapters(config: GptConfig, base: Weights, options: AdapterOptions, seed: number): Weights {
  const normal = seededNormal(seed);
  const adapters: Weights = {};
  for (const { name, dims, deviation } of adapterSpecs(config, options)) {
    const data = new Float32Array(elements(dims));
    if (deviation > 0) for (let i = 0; i < data.length; i++) data[i] = normal() * deviation;
    adapters[name] = { dims, data };
  }
  for (const table of TABLES) {
    const rows = adapters[`${table}.${ROWS}`];
    if (rows) copyRows(base[table].data, trainedRows(config, table, options), rows.data, 'out');
  }
  return adapters;
}

/** Rows of a table into a smaller one, or back. */
function copyRows(table: Float32Array, ids: readonly number[], rows: Float32Array, way: 'out' | 'back'): void {
  const width = rows.length / ids.length;
  ids.forEach((id, i) => {
    const [whole, part] = [table.subarray(id * width, (id + 1) * width), rows.subarray(i * width, (i + 1) * width)];
    if (way === 'out') part.set(whole);
    else whole.set(part);
  });
}

/** The weights with the adapters in them, for scoring and decoding. The base's stay as they are. */
export function mergeAdapters(config: GptConfig, base: Weights, adapters: Weights, options: AdapterOptions): Weights {
  const merged = { ...base };
  const scale = options.alpha / options.rank;
  for (const name of adaptedMatrices(config)) {
    const { dims, data } = base[name];
    merged[name] = { dims, data: addProduct(data, adapters[`${name}.${DOWN}`].data, adapters[`${name}.${UP}`].data, dims, options.rank, scale) };
  }
  for (const table of TABLES) {
    const rows = adapters[`${table}.${ROWS}`];
    if (rows === undefined) continue;
    const data = base[table].data.slice();
    copyRows(data, trainedRows(config, table, options), rows.data, 'back');
    merged[table] = { dims: base[table].dims, data };
  }
  return merged;
}

/** W + scale A B, summed in double precision. */
function addProduct(w: Float32Array, a: Float32Array, b: Float32Array, [inputs, outputs]: number[], rank: number, scale: number): Float32Array {
  const out = new Float32Array(w.length);
  const row = new Float64Array(outputs);
  for (let i = 0; i < inputs; i++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * a[i * rank + r];
      for (let o = 0; o < outputs; o++) row[o] += factor * b[r * outputs + o];
    }
    for (let o = 0; o < outputs; o++) out[i * outputs + o] = w[i * outputs + o] + row[o];
  }
  return out;
}

/** Trains adapters; the base's weights are constants of the graph. */
export function adaptersOf(config: GptConfig, base: Weights, options: AdapterOptions): Trained {
  const adapted = new Set(adaptedMatrices(config));
  const scale = options.alpha / options.rank;
  return {
    specs: adapterSpecs(config, options),
    bind(m, values: Named) {
      const constant = (name: string, dims: number[], data: Float32Array) => m.tape.constant(m.ops.graph.initializer(name, 'float32', dims, data));
      // One constant for all that reads a parameter: the token table is read at both ends.
      const constants = new Map<string, ReturnType<typeof constant>>();
      const frozen = (name: string) => {
        if (!constants.has(name)) constants.set(name, constant(name, base[name].dims, base[name].data));
        return constants.get(name)!;
      };
      const tables: Named = {};
      const indices = (name: string, ids: Int32Array) => m.tape.constant(m.ops.graph.initializer(name, 'int32', [ids.length], ids));
      const placesOf = (name: (typeof TABLES)[number]) => {
        const ids = trainedRows(config, name, options);
        const [count] = base[name].dims;
        const place = Int32Array.from({ length: count }, (_, row) => row);
        ids.forEach((id, i) => (place[id] = count + i));
        return [indices(`${name}.place`, place), indices(`${name}.${ROWS}.ids`, Int32Array.from(ids))] as const;
      };
      const linear = (name: string, input: Parameters<typeof m.linear>[0]) =>
        adapted.has(name)
          ? m.adaptedLinear(input, frozen(name), { down: values[`${name}.${DOWN}`], up: values[`${name}.${UP}`], scale })
          : m.linear(input, frozen(name));
      return {
        table(name) {
          const rows = values[`${name}.${ROWS}`];
          if (rows === undefined) return frozen(name);
          // One table for all that reads it: the token table is read at both ends.
          return (tables[name] ??= m.withRows(frozen(name), rows, ...placesOf(name as (typeof TABLES)[number])));
        },
        linear,
        linearRelu2: (name, input) => m.relu2(linear(name, input)),
      };
    },
  };
}
