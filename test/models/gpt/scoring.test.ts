import { createScoringSession, gptConfig, initWeights } from '../../../models/gpt';

const config = gptConfig('tiny', { vocabulary: 97, side: [7, 5] });
const S = config.side.length;
/** A full row, reproducible. */
const row = (size: number, modulus: number) => Int32Array.from({ length: size }, (_, i) => (i * 7919 + 13) % modulus);

describe('scoring sequences of every length', () => {
  it('gives the log-probabilities that the same tokens have at the start of a longer sequence', async () => {
    const session = await createScoringSession(config, initWeights(config, 3), { device: 'cpu', threads: 2 });
    const T = config.context;
    const tokens = row(T, 97);
    const targets = row(T, 89);
    const side = row(T * S, 5);
    const whole = (await session.run({ rows: 1, length: T, tokens, side, targets })).logProbabilities;
    for (const [rows, length] of [[1, 1], [3, 2], [1, 63], [2, 64], [5, 65], [1, 127], [2, 128]] as const) {
      const repeat = (values: Int32Array, width: number) => Int32Array.from({ length: rows * length * width }, (_, i) => values[i % (length * width)]);
      const { logProbabilities, hidden } = await session.run({ rows, length, tokens: repeat(tokens, 1), side: repeat(side, S), targets: repeat(targets, 1) });
      expect(logProbabilities).toHaveLength(rows * length);
      for (let i = 0; i < logProbabilities.length; i++) expect(logProbabilities[i]).toBeCloseTo(whole[i % length], 4);
      // The log-softmax of the last place's logits at its target is its log-probability.
      const logits = await session.logits(hidden.slice(-config.width));
      const largest = Math.max(...logits);
      const normaliser = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
      expect(logits[targets[length - 1]] - normaliser).toBeCloseTo(whole[length - 1], 4);
    }
    await session.dispose();
  });

  it('gives at the places that are wanted what it gives there when all are', async () => {
    const session = await createScoringSession(config, initWeights(config, 3), { device: 'cpu', threads: 2 });
    const [rows, length] = [3, 70];
    const batch = { rows, length, tokens: row(rows * length, 97), side: row(rows * length * S, 5), targets: row(rows * length, 89) };
    const all = await session.run(batch);
    for (const wanted of [[0], [209], [5, 69, 70, 71, 139, 140, 208]]) {
      const { logProbabilities, hidden } = await session.run({ ...batch, wanted: Int32Array.from(wanted) });
      expect(logProbabilities).toHaveLength(wanted.length);
      wanted.forEach((place, m) => {
        expect(logProbabilities[m]).toBeCloseTo(all.logProbabilities[place], 4);
        for (let i = 0; i < config.width; i++) expect(hidden[m * config.width + i]).toBeCloseTo(all.hidden[place * config.width + i], 4);
      });
    }
    await session.dispose();
  });
});
