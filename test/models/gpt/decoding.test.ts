import { channelCount, createDecodingSession, createScoringSession, seededUniform, type DecodingSession, type GptConfig, type ScoringSession } from '../../../models/gpt';
import { goldenWeights } from './golden/reference';

const CONFIG: GptConfig = {
  layers: 4,
  heads: 4,
  width: 128,
  context: 48,
  vocabulary: 300,
  side: [20, 50, 97, 8, 5],
  skip: 32,
  former: true,
  activation: 'relu2',
};
const S = channelCount(CONFIG);
const V = CONFIG.vocabulary;
const OPTIONS = { device: 'cpu', threads: 2 } as const;
const weights = goldenWeights(CONFIG);
const TOLERANCE = 1e-4;

/** A row's tokens and the side channels of what they predict. */
interface Sequence {
  tokens: Int32Array;
  side: Int32Array;
}

const uniform = seededUniform(11);
const sequence = (length: number): Sequence => ({
  tokens: new Int32Array(length).map(() => Math.floor(uniform() * V)),
  side: new Int32Array(length * S).map((_, i) => Math.floor(uniform() * (CONFIG.side[i % S] ?? V))),
});
const head = ({ tokens, side }: Sequence, length: number): Sequence => ({ tokens: tokens.slice(0, length), side: side.slice(0, length * S) });

let scoring: ScoringSession;
const decoders: DecodingSession[] = [];
beforeAll(async () => {
  scoring = await createScoringSession(CONFIG, weights, OPTIONS);
});
afterAll(async () => {
  await scoring.dispose();
  for (const decoder of decoders) await decoder.dispose();
});
const decoder = async (rows: number) => {
  const created = await createDecodingSession(CONFIG, weights, rows, OPTIONS);
  decoders.push(created);
  return created;
};

/** Logits [length * V] of one sequence, teacher-forced. */
async function teacherForced({ tokens, side }: Sequence): Promise<Float32Array> {
  const { hidden } = await scoring.run({ rows: 1, length: tokens.length, tokens, side, targets: tokens });
  return scoring.logits(hidden);
}

/** Decodes `steps` positions after the prefixes; logits[row] is [steps * V]. */
async function decode(session: DecodingSession, sequences: Sequence[], prefixes: number[], steps: number): Promise<Float32Array[]> {
  await session.prefill(sequences.map((each, r) => head(each, prefixes[r])));
  const result = sequences.map(() => new Float32Array(steps * V));
  for (let k = 0; k < steps; k++) {
    const tokens = Int32Array.from(sequences, (each, r) => each.tokens[prefixes[r] + k]);
    const side = Int32Array.from(sequences.flatMap((each, r) => [...each.side.subarray((prefixes[r] + k) * S, (prefixes[r] + k + 1) * S)]));
    const logits = await session.step(tokens, side);
    sequences.forEach((_, r) => result[r].set(logits.subarray(r * V, (r + 1) * V), k * V));
  }
  return result;
}

const distance = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);
};

test('decoding agrees with scoring for prefixes of every length, the empty one among them', async () => {
  const prefixes = [0, 7, 20, 1, 38];
  const steps = 10;
  const sequences = prefixes.map((length) => sequence(length + steps));
  const session = await decoder(prefixes.length);
  const decoded = await decode(session, sequences, prefixes, steps);
  expect(session.length).toBe(48);
  for (const [r, each] of sequences.entries()) {
    const expected = (await teacherForced(each)).subarray(prefixes[r] * V);
    expect(distance(decoded[r], expected)).toBeLessThan(TOLERANCE);
    // The logits vary far more than what is tolerated, and depend on the row.
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(1);
    if (r > 0) expect(distance(decoded[r], decoded[0])).toBeGreaterThan(1);
  }
});

test('a row decodes alike alone and padded beside longer ones, and after other prefixes', async () => {
  const [short, long] = [sequence(13), sequence(38)];
  const alone = await decode(await decoder(1), [short], [3], 10);
  const session = await decoder(2);
  await decode(session, [long, long], [28, 28], 10);
  const padded = await decode(session, [short, long], [3, 28], 10);
  expect(distance(padded[0], alone[0])).toBeLessThan(TOLERANCE);
});

test('prefixes that are too many for one run are filled in groups', async () => {
  const config = { ...CONFIG, context: 256 };
  const wide = goldenWeights(config);
  // 80 rows x 4 heads x 255 x 255 scores are more than one run takes.
  const session = await createDecodingSession(config, wide, 80, OPTIONS);
  const single = await createDecodingSession(config, wide, 1, OPTIONS);
  const sequences = Array.from({ length: 80 }, (_, r) => sequence(255 - r));
  await session.prefill(sequences.map((each) => head(each, each.tokens.length - 1)));
  const last = (each: Sequence) => ({ token: each.tokens[each.tokens.length - 1], side: each.side.slice(-S) });
  const logits = await session.step(
    Int32Array.from(sequences, (each) => last(each).token),
    Int32Array.from(sequences.flatMap((each) => [...last(each).side]))
  );
  for (const r of [0, 63, 64, 79]) {
    await single.prefill([head(sequences[r], sequences[r].tokens.length - 1)]);
    const expected = await single.step(Int32Array.of(last(sequences[r]).token), last(sequences[r]).side);
    expect(distance(logits.slice(r * V, (r + 1) * V), expected)).toBeLessThan(TOLERANCE);
  }
  await session.dispose();
  await single.dispose();
});

test('the end of the context and prefixes that fill it are refused', async () => {
  const session = await decoder(1);
  const full = sequence(48);
  await expect(session.prefill([full])).rejects.toMatchObject({ code: 'LYREBIRD_TOO_LARGE' });
  await decode(session, [full], [47], 1);
  await expect(session.step(Int32Array.of(1), new Int32Array(S))).rejects.toMatchObject({
    code: 'LYREBIRD_TOO_LARGE',
    message: 'All 48 positions of the context are used.',
  });
  await expect(session.prefill([])).rejects.toMatchObject({ message: '0 prefixes for 1 rows.' });
});

test('scoring rows of a shorter length than the context, with and without explanation', async () => {
  const rows = [sequence(30), sequence(30)];
  const tokens = Int32Array.from(rows.flatMap((row) => [...row.tokens]));
  const side = Int32Array.from(rows.flatMap((row) => [...row.side]));
  const targets = Int32Array.from(tokens, (token) => (token + 1) % V);
  const batch = { rows: 2, length: 30, tokens, side, targets };
  const plain = await scoring.run(batch);
  expect(plain.logProbabilities).toHaveLength(60);
  const d = CONFIG.width;
  expect(plain.hidden).toHaveLength(60 * d);
  const explained = await scoring.logits(Float32Array.from([59, 4].flatMap((place) => [...plain.hidden.subarray(place * d, (place + 1) * d)])));
  [59, 4].forEach((place, i) => {
    const logits = explained.slice(i * V, (i + 1) * V);
    const logSum = Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0));
    expect(logits[targets[place]] - logSum).toBeCloseTo(plain.logProbabilities[place], 4);
  });
});
