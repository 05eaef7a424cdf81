import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generateOptionsSchema, trainOptionsSchema, type LogHit, type ModelCard } from '../../../common';
import { logFilesReader, readLogFiles } from '../../../models/dataset';
import { seededUniform } from '../../../models/gpt';
import { loadModel, scoreSessions, trainModel, type Model } from '../../../models/pipeline';
import type { ScoredSession } from '../../../models/score';
import { linesOf, run } from '../cli/run_lyrebird';
import { blockLines, type Block } from './block_lines';
import { datasetOf } from './dataset_of';

jest.setTimeout(240_000);
const PATTERN = 'blk_-?\\d+';
const random = seededUniform(9);
const freshId = (): string => `blk_${random() < 0.5 ? '-' : ''}${String(Math.floor(random() * 1e15)).padStart(15, '1')}`;
const normal = (count: number): Block[] => Array.from({ length: count }, () => ({ id: freshId(), fate: 'whole' as const }));
const shuffled = <T>(list: readonly T[]): T[] => list.map((value) => ({ value, key: random() })).sort((a, b) => a.key - b.key).map(({ value }) => value);

let root: string;
let learned: string[];
let card: ModelCard;
let model: Model;

const linesFile = async (name: string, lines: readonly string[]): Promise<string> => {
  const file = path.join(root, name);
  await writeFile(file, `${lines.join('\n')}\n`);
  return file;
};
async function scored(hits: AsyncIterable<LogHit>): Promise<Map<string, ScoredSession>> {
  const sessions = new Map<string, ScoredSession>();
  for await (const session of scoreSessions(model, hits)) sessions.set(session.session, session);
  return sessions;
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-sessions-'));
  learned = blockLines(normal(400), 1);
  card = await trainModel({
    dataset: logFilesReader([await linesFile('dfs.log', learned)]),
    folder: path.join(root, 'model'),
    modelId: 'blocks',
    options: trainOptionsSchema.parse({ name: 'blocks', size: 'tiny', max_steps: 200, entity_pattern: PATTERN, sessions: true, holdout: 0.25 }),
  });
  model = await loadModel(path.join(root, 'model'));
});
afterAll(async () => {
  await model?.dispose();
  await rm(root, { recursive: true, force: true });
});

describe('a model of sessions that are named in the text of lines', () => {
  const fates: Block[] = [...normal(60), ...(['cut', 'again', 'failed'] as const).flatMap((fate) => Array.from({ length: 10 }, () => ({ id: freshId(), fate })))];
  let lines: string[];
  let sessions: Map<string, ScoredSession>;
  beforeAll(async () => {
    lines = blockLines(shuffled(fates), 2);
    sessions = await scored(readLogFiles([await linesFile('later.log', lines)]));
  });
  const scoresOf = (fate: Block['fate']) => fates.filter((block) => block.fate === fate).map(({ id }) => sessions.get(id)!.score);

  it('learns lines by their templates, and no name of a session', async () => {
    expect(card.tokens.per_event).toBeLessThan(9);
    expect((await readdir(path.join(root, 'model'))).sort()).toContain('sessions.json');
    expect(await readFile(path.join(root, 'model', 'sessions.json'), 'utf8')).not.toMatch(/blk_-?\d/);
    expect(card.events.train + card.events.heldout).toBe(learned.length);
    expect(card.log_types).toMatchObject([{ name: 'dfs', events: learned.length }]);
    expect(model.generator.codec.entities).toHaveLength(1);
  });

  it('scores each session once, with its events and its time', () => {
    expect([...sessions.keys()].sort()).toEqual(fates.map(({ id }) => id).sort());
    expect([...sessions.values()].reduce((sum, { events }) => sum + events, 0)).toBe(lines.length);
    for (const { from, to, score, statistics, surprisal } of sessions.values()) {
      expect(from <= to).toBe(true);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
      expect(statistics.total.nats).toBeCloseTo(surprisal);
    }
  });

  it.each(['cut', 'again', 'failed'] as const)('scores one that is %s above all but few normal ones', (fate) => {
    const highest = scoresOf('whole').sort((a, b) => b - a)[3];
    expect(Math.min(...scoresOf(fate))).toBeGreaterThan(highest);
  });

  it('says what carried the score: what is missing, what came too often, a line that was never seen', () => {
    const of = (fate: Block['fate']) => sessions.get(fates.find((block) => block.fate === fate)!.id)!;
    expect(of('cut').make_up[0]).toMatchObject({ event: expect.stringContaining('Deleting block'), count: 1, typical: 3 });
    expect(of('again').make_up[0]).toMatchObject({ event: expect.stringContaining('Receiving block'), count: 5, typical: 3 });
    expect(of('failed').make_up[0]).toMatchObject({ event: expect.stringContaining('Connection reset by peer'), count: 1, typical: 0 });
    expect(of('failed').top_events.flatMap(({ top_fields }) => top_fields.map(({ actual }) => actual)).join('\n')).toContain('Connection reset by peer');
    // The end is an event like others: what was expected instead is said.
    const end = of('cut').top_events.find(({ log_type }) => log_type === '@end')!;
    expect(end).toMatchObject({ place: of('cut').events, top_fields: [{ field: '@type', actual: '@end', typical: expect.arrayContaining([expect.objectContaining({ value: 'dfs' })]) }] });
  });

  it('gives a session the same score under any name, in any company and order', async () => {
    const renamed = new Map(fates.map(({ id }) => [id, freshId()]));
    const few = new Set(fates.filter((_, i) => i % 7 === 0).map(({ id }) => id));
    const others = lines.filter((line) => few.has(/blk_-?\d+/.exec(line)![0])).map((line) => line.replace(/blk_-?\d+/g, (id) => renamed.get(id)!));
    const again = await scored(readLogFiles([await linesFile('renamed.log', others)]));
    expect(again.size).toBe(few.size);
    for (const id of few) expect(again.get(renamed.get(id)!)!.surprisal / sessions.get(id)!.surprisal).toBeCloseTo(1, 3);
  });

  it('counts what names no session', async () => {
    const skipped: string[] = [];
    const hits = readLogFiles([await linesFile('mixed.log', [...blockLines(normal(1), 3), '2026-01-05 08:00:00 INFO no block here', 'no time: blk_1234'])]);
    const found: ScoredSession[] = [];
    for await (const session of scoreSessions(model, hits, { onSkip: (reason) => skipped.push(reason) })) found.push(session);
    expect([found.length, skipped]).toEqual([1, ['no_entity', 'no_time']]);
  });

  it('writes lines that a session could have, and never its end', async () => {
    const events = [];
    for await (const event of model.generate(generateOptionsSchema.parse({ count: 60, entities: [card.entities[0].name] }))) events.push(event);
    const shape = new RegExp(`^INFO dfs\\.(DataXceiver: (Receiving block|.* Served block)|PacketResponder: PacketResponder \\d for block|FSDataset: Deleting block) ${card.entities[0].name}`);
    for (const { _source, log_type } of events) {
      expect(log_type).toBe('dfs');
      expect(_source.message).toMatch(shape);
    }
  });

  it('prints a line a session from the command line', async () => {
    const printed = await run(root, ['score', '--model', 'model', '--logs', 'later.log', '--sessions', '--top-events', '1', '--json']);
    expect(printed.code).toBe(0);
    const lines = linesOf(printed.stdout) as ScoredSession[];
    expect(lines).toHaveLength(sessions.size);
    for (const line of lines) {
      expect(line.top_events).toHaveLength(1);
      expect(line.score).toBeCloseTo(sessions.get(line.session)!.score, 1);
    }
  });
});

it('refuses sessions of a model that was not trained on them', async () => {
  const folder = path.join(root, 'users');
  await cp(path.join(root, 'model'), folder, { recursive: true });
  const { fields, config } = JSON.parse(await readFile(path.join(folder, 'fields.json'), 'utf8'));
  await writeFile(path.join(folder, 'fields.json'), JSON.stringify({ fields: { ...fields, sessions: undefined }, config }));
  const users = await loadModel(folder);
  await expect(users.createSessionScorer()).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST', hint: expect.stringContaining('--sessions') });
  await users.dispose();
});

it('does not train sessions with a tokenizer of text', async () => {
  const options = trainOptionsSchema.parse({ sessions: true, tokenizer: 'char' });
  await expect(trainModel({ dataset: datasetOf([]), folder: path.join(root, 'text'), modelId: 'text', options })).rejects.toMatchObject({ code: 'LYREBIRD_BAD_REQUEST' });
});
