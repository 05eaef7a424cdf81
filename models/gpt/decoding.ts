import { LyrebirdError } from '../../common';
import { buildPrefillGraph, buildStepGraph, cacheInput } from './decoding_graphs';
import { channelCount } from './config';
import { createSession, float32Tensor, floats, int32Tensor, type Tensor } from './runtime';
import { checkWeights } from './weights';
import type { DecodingSession, GptConfig, SessionOptions, Weights } from './types';

const MASKED = -1e9;
/** Elements of the attention scores of one prefill run, 64 MiB: longer batches are prefilled in groups of rows. */
const SCORES_LIMIT = 1 << 24;

/**
 * Decoding driven from outside, one position a run, since what may come next is decided there. The cache lives in arrays of
 * this process: the runtime reads their used part in place and returns the new position only.
 *
 * Rows with shorter prefixes are padded on the left; padding is masked, as are positions that a row took back, and positions count
 * from each row's own first token without them.
 */
export async function createDecodingSession(config: GptConfig, weights: Weights, rows: number, options: SessionOptions): Promise<DecodingSession> {
  checkWeights(config, weights, 'weights');
  const { layers, heads: H, width: d, context } = config;
  const S = channelCount(config);
  const D = d / H;
  const positionSize = rows * d;
  const session = await createSession(buildStepGraph(config, weights), options);
  const prefillSession = await createSession(buildPrefillGraph(config, weights), options);
  /** 2 L arrays of [context, R, H, D], in the order in which the graphs return them. Untouched pages cost no memory. */
  const cache = Array.from({ length: 2 * layers }, () => new Float32Array(context * positionSize));
  /** [R, context]: 0, or -1e9 where a row is padded or took a position back. */
  const mask = new Float32Array(rows * context);
  /** Positions that count, by row. */
  const used = new Int32Array(rows);
  let masked = false;
  let length = 0;

  /** [R, length] of the mask. */
  function bias(): Float32Array {
    const values = new Float32Array(rows * length);
    if (masked) for (let r = 0; r < rows; r++) values.set(mask.subarray(r * context, r * context + length), r * length);
    return values;
  }

  async function prefillRows(prefixes: Array<{ tokens: Int32Array; side: Int32Array }>, from: number, P: number): Promise<void> {
    const R = prefixes.length;
    const tokens = new Int32Array(P * R);
    const positions = new Int32Array(P * R);
    const side = new Int32Array(P * R * S);
    const scoreBias = new Float32Array(R * P * P).fill(MASKED);
    prefixes.forEach((prefix, r) => {
      const padding = P - prefix.tokens.length;
      for (let t = padding; t < P; t++) {
        tokens[t * R + r] = prefix.tokens[t - padding];
        positions[t * R + r] = t - padding;
        for (let s = 0; s < S; s++) side[(t * R + r) * S + s] = prefix.side[(t - padding) * S + s];
        scoreBias.fill(0, (r * P + t) * P + padding, (r * P + t) * P + t + 1);
      }
    });
    const inputs: Record<string, Tensor> = {
      tokens: int32Tensor(tokens, [P, R]),
      positions: int32Tensor(positions, [P, R]),
      bias: float32Tensor(scoreBias, [R, 1, P, P]),
    };
    if (S > 0) inputs.side = int32Tensor(side, [P, R, S]);
    const appended = floats((await prefillSession.run(inputs)).appended);
    cache.forEach((array, i) => {
      for (let t = 0; t < P; t++) {
        const start = (i * P + t) * R * d;
        array.set(appended.subarray(start, start + R * d), t * positionSize + from * d);
      }
    });
  }

  return {
    rows,
    get length() {
      return length;
    },

    async prefill(prefixes) {
      if (prefixes.length !== rows) throw new LyrebirdError('LYREBIRD_INTERNAL', `${prefixes.length} prefixes for ${rows} rows.`);
      // One masked position even when all prefixes are empty: the runtime divides by the length of the cache.
      const P = Math.max(1, ...prefixes.map(({ tokens }) => tokens.length));
      if (P >= context) {
        throw new LyrebirdError(
          'LYREBIRD_TOO_LARGE',
          `A prefix of ${P} tokens leaves no room to decode in a context of ${context}.`,
          'Give the last tokens of the stream only.'
        );
      }
      mask.fill(0);
      prefixes.forEach(({ tokens }, r) => {
        used[r] = tokens.length;
        mask.fill(MASKED, r * context, r * context + P - tokens.length);
      });
      masked = prefixes.some(({ tokens }) => tokens.length < P);
      const group = Math.max(1, Math.floor(SCORES_LIMIT / (H * P * P)));
      for (let from = 0; from < rows; from += group) await prefillRows(prefixes.slice(from, from + group), from, P);
      length = P;
    },

    async step(tokens, side) {
      if (length >= context) {
        throw new LyrebirdError(
          'LYREBIRD_TOO_LARGE',
          `All ${context} positions of the context are used.`,
          'Prefill again with the last tokens of each row.'
        );
      }
      const inputs: Record<string, Tensor> = {
        tokens: int32Tensor(tokens, [rows]),
        positions: int32Tensor(used.slice(), [rows]),
        bias: float32Tensor(bias(), [rows, length]),
      };
      if (S > 0) inputs.side = int32Tensor(side, [rows, S]);
      cache.forEach((array, i) => {
        const name = cacheInput(i >> 1, i % 2 === 0 ? 'keys' : 'values');
        inputs[name] = float32Tensor(array.subarray(0, length * positionSize), [length, rows, H, D]);
      });
      const outputs = await session.run(inputs);
      const appended = floats(outputs.appended);
      cache.forEach((array, i) => array.set(appended.subarray(i * positionSize, (i + 1) * positionSize), length * positionSize));
      length += 1;
      for (let r = 0; r < rows; r++) used[r] += 1;
      return floats(outputs.logits);
    },

    rewind(row, count) {
      // From the newest back, over what was taken back before.
      for (let at = length - 1, left = Math.min(count, used[row]); left > 0; at--) {
        if (mask[row * context + at] !== 0) continue;
        mask[row * context + at] = MASKED;
        used[row] -= 1;
        left -= 1;
        masked = true;
      }
    },

    async dispose() {
      cache.length = 0;
      await session.release();
      await prefillSession.release();
    },
  };
}
