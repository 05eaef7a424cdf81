import { channelCount, type GptConfig, type TrainingBatches } from '../gpt';
import { corrupt, tokensPath, type TokenFile } from './token_files';
import { RECORD } from './types';
import type { Draw } from './mixture';
import type { Window } from './windows';

/** Places of the field and the entity among the channels of a record. */
const FIELD = 0;
const ENTITY = 1;

interface Columns {
  tokens: Int32Array;
  side: Int32Array;
  targets: Int32Array;
  weights: Float32Array;
}

/**
 * Lays one window into batch columns at `start + t * stride`. Targets are the records, inputs the targets before them, opened by
 * BOS. A BOS target (the next stream begins) and the padding behind the end of the file have weight 0.
 */
function fillWindow(file: TokenFile, config: GptConfig, bos: number, window: Window, columns: Columns, start: number, stride: number, emphasis?: readonly number[]): void {
  const { context, former, vocabulary } = config;
  const S = channelCount(config);
  const sizes = former ? [...config.side, vocabulary] : config.side;
  const records = file.read(window.start, Math.min(context, window.length ?? context));
  const length = records.length / RECORD;
  let previous = bos;
  for (let t = 0; t < context; t++) {
    const at = start + t * stride;
    columns.tokens[at] = previous;
    if (t >= length) {
      columns.targets[at] = bos;
      columns.weights[at] = 0;
      columns.side.fill(0, at * S, (at + 1) * S);
      previous = bos;
      continue;
    }
    const token = records[t * RECORD];
    if (token >= config.vocabulary) throw corrupt(tokensPath(file.path), `record ${window.start + t} has token ${token} of ${config.vocabulary}`);
    columns.targets[at] = token;
    columns.weights[at] = token === bos ? 0 : (emphasis?.[records[t * RECORD + 1 + FIELD]] ?? 1);
    for (let s = 0; s < S; s++) {
      const id = s === ENTITY && window.hideEntity ? 0 : s === config.side.length && window.hideFormer ? bos : records[t * RECORD + 1 + s];
      if (id >= sizes[s]) throw corrupt(tokensPath(file.path), `record ${window.start + t} has id ${id} of ${sizes[s]} in channel ${s}`);
      columns.side[at * S + s] = id;
    }
    previous = token;
  }
}

function columns(config: GptConfig, positions: number): Columns {
  return {
    tokens: new Int32Array(positions),
    side: new Int32Array(positions * channelCount(config)),
    targets: new Int32Array(positions),
    weights: new Float32Array(positions),
  };
}

/** Batches for one run of training, time-major: [K, T, B]; `emphasis` as in the plan. */
export function trainingBatches(
  config: GptConfig,
  bos: number,
  next: () => Draw,
  batch: number,
  learningRates: Float32Array,
  emphasis?: readonly number[]
): TrainingBatches {
  const steps = learningRates.length;
  const T = config.context;
  const filled = columns(config, steps * T * batch);
  for (let k = 0; k < steps; k++) {
    for (let b = 0; b < batch; b++) {
      const { file, window } = next();
      fillWindow(file, config, bos, window, filled, k * T * batch + b, batch, emphasis);
    }
  }
  return { steps, ...filled, learningRates };
}

/** Windows row-major: [B, T]. */
export function windowRows(config: GptConfig, bos: number, draws: readonly Draw[]): Columns & { rows: number; length: number } {
  const T = config.context;
  const filled = columns(config, draws.length * T);
  draws.forEach(({ file, window }, b) => fillWindow(file, config, bos, window, filled, b * T, 1));
  return { rows: draws.length, length: T, ...filled };
}

/** One batch for scoring, row-major: [B, T]. */
export const scoringBatch = (file: TokenFile, config: GptConfig, bos: number, starts: Uint32Array) =>
  windowRows(
    config,
    bos,
    Array.from(starts, (start) => ({ file, window: { start } }))
  );
