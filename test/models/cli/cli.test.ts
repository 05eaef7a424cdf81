import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { EVENTS, ndjson } from '../node/running_node';
import { linesOf, run, start } from './run_lyrebird';

jest.setTimeout(120_000);

const BIN = path.join(__dirname, '../../../bin/lyrebird.js');
const QUICK = ['--size', 'tiny', '--max-steps', '60', '--json'];
let root: string;
const lyrebird = (...args: string[]) => run(root, args);

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-cli-'));
  const labelled = EVENTS.map((event, i) => (i % 20 === 0 ? { ...event, threat: { technique: { id: 'T1078.004' } } } : event));
  await writeFile(path.join(root, 'logs.jsonl'), `${ndjson(labelled)}{bad\n`);
  const trained = await lyrebird('train', '--logs', 'logs.jsonl', '--entity', 'user.name', '--out', 'model', ...QUICK);
  expect(trained).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(trained.stdout)).toMatchObject({ id: 'model', skipped: { malformed_json: 1 }, entities: 3, training: { steps: 60 } });
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('train', () => {
  test('takes the first entity field that an event has, from within a member of each line or beside it', async () => {
    await writeFile(path.join(root, 'wrapped.jsonl'), ndjson(EVENTS.map((log, i) => ({ host: `h${i % 2}`, log }))));
    const train = (out: string, ...fields: string[]) =>
      lyrebird('train', '--logs', 'wrapped.jsonl', '--unwrap', 'log', ...fields.flatMap((field) => ['--entity', field]), '--out', out, ...QUICK, '--max-steps', '1');
    const [inside, beside] = await Promise.all([train('inside', 'nope', 'user.name'), train('beside', 'host', 'user.name')]);
    expect(JSON.parse(inside.stdout)).toMatchObject({ entities: 3, events: { train: 528, heldout: 72 } });
    expect(JSON.parse(beside.stdout)).toMatchObject({ entities: 2 });
  });

  test('learns one user', async () => {
    await writeFile(path.join(root, 'one_user.jsonl'), ndjson(EVENTS.filter((event) => event.user.name === 'ann')));
    const trained = await lyrebird('train', '--logs', 'one_user.jsonl', '--out', 'one-user', ...QUICK, '--max-steps', '1');
    expect(JSON.parse(trained.stdout)).toMatchObject({ entities: 1, skipped: {} });
  });

  test('wrong input leaves the folder as it was, so that the corrected command works', async () => {
    await writeFile(path.join(root, 'one.jsonl'), ndjson(EVENTS.slice(0, 1)));
    const one = await lyrebird('train', '--logs', 'one.jsonl', '--out', 'new/folder', '--size', 'tiny');
    expect(one).toMatchObject({ code: 3, stderr: expect.stringContaining('1 usable event') });
    expect(existsSync(path.join(root, 'new'))).toBe(false);
    const field = await lyrebird('train', '--logs', 'logs.jsonl', '--entity', 'nope', '--out', 'other', ...QUICK);
    expect([field.code, JSON.parse(field.stderr)]).toEqual([3, expect.objectContaining({ code: 'LYREBIRD_NO_ENTITY_FIELD', hint: expect.stringContaining('"user"') })]);
    expect(await lyrebird('train', '--logs', 'logs.jsonl', '--entity', 'user.name', '--out', 'other', ...QUICK, '--max-steps', '1')).toMatchObject({ code: 0 });
  });

  test('--epsilon trains privately and says what was spent', async () => {
    const trained = await lyrebird('train', '--logs', 'logs.jsonl', '--entity', 'user.name', '--out', 'private', '--size', 'tiny', '--epsilon', '3', '--max-steps', '2');
    expect(trained.code).toBe(0);
    expect(trained.stderr).toMatch(/Differentially private: epsilon ([0-2]\.\d\d|3\.00) at delta 0\.00001 for each of \d+ examples \(at most 128 tokens of one entity\)/);
    expect(await lyrebird('train', '--logs', 'logs.jsonl', '--out', 'x', '--clip', '2')).toMatchObject({ code: 2, stderr: expect.stringContaining('--epsilon') });
  });

  test.each(['bpe', 'char'])('%s writes text: what is no event is left out and counted', async (tokenizer) => {
    const trained = await lyrebird('train', '--logs', 'logs.jsonl', '--entity', 'user.name', '--out', tokenizer, '--tokenizer', tokenizer, ...QUICK, '--max-steps', '250');
    expect(trained.code).toBe(0);
    const generated = await lyrebird('generate', '--model', tokenizer, '--count', '20', '--json');
    expect(generated.code).toBe(0);
    // Every line is JSON whatever the model wrote.
    expect(linesOf(generated.stdout)).toHaveLength(20);
    expect(JSON.parse(generated.stderr)).toMatchObject({ generated: 20, malformed: expect.any(Number) });
    const { malformed } = JSON.parse(generated.stderr);
    const spoken = await lyrebird('generate', '--model', tokenizer, '--count', '20');
    const share = `${((100 * malformed) / (20 + malformed)).toFixed(1)} %`;
    if (malformed > 0) expect(spoken.stderr).toContain(share);
    else expect(spoken.stderr).not.toContain('Left out');
  });
});

describe('finetune', () => {
  test('teaches a model a technique, says what it gained and forgot, and leaves the model as it was', async () => {
    await writeFile(path.join(root, 'attack.jsonl'), ndjson(EVENTS.slice(0, 200).map((event, i) => (i % 4 < 2 ? { ...event, threat: { technique: { id: 'T1110' } } } : event))));
    const made = await lyrebird('finetune', '--model', 'model', '--logs', 'attack.jsonl', '--out', 'attacks', '--lora', '2', '--max-steps', '3');
    expect(made).toMatchObject({ code: 0, stderr: expect.stringMatching(/adapters of rank 2, \d+ parameters, 3 steps[^]*T1110 +\S+ → \S+[^]*new[^]*normal events +\S+ → \S+ \(\d+ replayed, of the same logs\)/) });
    const generated = await lyrebird('generate', '--model', 'attacks', '--count', '5', '--technique', 'T1110', '--json');
    expect([generated.code, linesOf(generated.stdout).length]).toEqual([0, 5]);
    expect((await lyrebird('generate', '--model', 'model', '--count', '5', '--technique', 'T1110')).code).toBe(3);
  });

  test.each([
    [2, ['--logs', 'logs.jsonl', '--out', 'y']],
    [2, ['--model', 'model', '--out', 'y']],
    [2, ['--model', 'model', '--logs', 'logs.jsonl', '--out', 'model']],
    [2, ['--model', 'model', '--logs', 'logs.jsonl', '--out', 'y', '--technique', 'phishing']],
    [3, ['--model', 'nowhere', '--logs', 'logs.jsonl', '--out', 'y']],
    [3, ['--model', 'model', '--logs', 'logs.jsonl', '--out', 'y', '--technique', 'T9999']],
  ])('exit code %d for finetune %j', async (code, args) => {
    expect((await lyrebird('finetune', ...args)).code).toBe(code);
    expect(existsSync(path.join(root, 'y'))).toBe(false);
  });
});

describe('generate', () => {
  const generate = (...args: string[]) => lyrebird('generate', '--model', 'model', '--count', '5', ...args);

  test('writes what was asked for, the same for the same seed', async () => {
    const [ann, again, fixed, plain, technique] = await Promise.all([
      generate('--entity', 'ann', '--from', '2031-01-01T00:00:00Z'),
      generate('--entity', 'ann', '--from', '2031-01-01T00:00:00Z'),
      generate('--where', 'event.action=login', '--where', 'ip="10.0.0.1"'),
      generate(),
      generate('--technique', 'T1078.004'),
    ]);
    expect(linesOf(ann.stdout).map((event) => event.user.name)).toEqual(Array(5).fill('ann'));
    for (const event of linesOf(ann.stdout)) expect(event['@timestamp'] >= '2031-01-01T00:00:00Z').toBe(true);
    expect(again.stdout).toBe(ann.stdout);
    expect(linesOf(fixed.stdout).map((event) => [event.event.action, event.ip])).toEqual(Array(5).fill(['login', '10.0.0.1']));
    expect(linesOf(technique.stdout)).toHaveLength(5);
    expect(technique.stdout).not.toBe(plain.stdout);
  });

  test.each([
    [['--entity', 'zoe'], 3, '"ann", "bob", "cy"'],
    [['--log-type', 'mail'], 3, '"logs"'],
    [['--technique', 'T9999'], 3, 'T1078.004'],
    [['--where', 'event.actoin=login'], 3, 'event.action'],
    [['--where', 'event.action=logn'], 3, 'login'],
    [['--technique', 'phishing'], 2, 'such as T1078'],
    [['--where', 'event.action'], 2, 'FIELD=VALUE'],
    [['--from', 'yesterday'], 2, 'ISO 8601'],
    [['--temperature', '0'], 2, 'from 0.05 to 5'],
    [['--count', '1.5'], 2, 'whole number'],
  ])('%j says what to write instead', async (args, code, advice) => {
    expect(await generate(...args)).toEqual({ code, stdout: '', stderr: expect.stringContaining(advice) });
  });

  test('a reader that has enough ends it quietly', () => {
    const { stdout, stderr } = spawnSync('bash', ['-c', `node ${BIN} generate --model model --count 1000000 --json | head -1; echo "\${PIPESTATUS[0]}"`], { cwd: root, encoding: 'utf8' });
    const [event, code] = stdout.trim().split('\n');
    expect(JSON.parse(event)).toHaveProperty('user.name');
    expect(code).toBe('0');
    expect(JSON.parse(stderr).generated).toBeLessThan(1_000_000);
  });

  test('Ctrl-C keeps what is written', async () => {
    const generating = start(root, ['generate', '--model', 'model', '--count', '1000000']);
    await generating.says('generate');
    generating.child.kill('SIGINT');
    const { code, stdout, stderr } = await generating.ended;
    expect([code, stderr]).toEqual([130, expect.stringContaining('events already written are kept')]);
    expect(linesOf(stdout).length).toBeGreaterThan(0);
  });
});

describe('score', () => {
  test('scores in time order whatever the order of the lines', async () => {
    await writeFile(path.join(root, 'shuffled.jsonl'), `${ndjson([...EVENTS].reverse())}{bad\n`);
    const scored = await lyrebird('score', '--model', 'model', '--logs', 'shuffled.jsonl', '--id-field', 'nope', '--id-field', 'event.id', '--json');
    expect(scored.code).toBe(0);
    const events = linesOf(scored.stdout);
    expect(events[0]).toMatchObject({ id: 'e0', entity: 'ann', score: expect.any(Number), surprisal: expect.any(Number), top_fields: expect.any(Array) });
    expect(events.map((event) => event.id)).toEqual(EVENTS.map((event) => event.event.id));
    expect(JSON.parse(scored.stderr)).toMatchObject({ scored: 600, skipped: { malformed_json: 1 }, late: 0 });
  });

  test('nothing to score is an error', async () => {
    await writeFile(path.join(root, 'empty.jsonl'), '');
    const empty = await lyrebird('score', '--model', 'model', '--logs', 'empty.jsonl', '--json');
    expect([empty.code, JSON.parse(empty.stderr.trim().split('\n').at(-1)!).code]).toEqual([3, 'LYREBIRD_NO_EVENTS']);
  });

  test('Ctrl-C ends it', async () => {
    await writeFile(path.join(root, 'long.jsonl'), ndjson(EVENTS).repeat(100));
    const scoring = start(root, ['score', '--model', 'model', '--logs', 'long.jsonl']);
    await scoring.says('score');
    scoring.child.kill('SIGINT');
    expect(await scoring.ended).toMatchObject({ code: 130, stderr: expect.stringMatching(/cancelled after \d+ events/) });
  });
});

test('exit codes tell wrong usage from bad input', async () => {
  const cases: Array<[number, string[]]> = [
    [0, ['--help']],
    [0, ['--version']],
    [0, ['train', '--help']],
    [0, ['generate', '--help']],
    [0, ['score', '--help']],
    [0, ['node', '--help']],
    [2, []],
    [2, ['learn']],
    [2, ['train', '--out', 'x']],
    [2, ['train', '--logs', 'logs.jsonl', '--index', 'logs-*', '--out', 'x']],
    [2, ['train', '--logs', 'logs.jsonl', '--out', 'model']],
    [2, ['train', '--logs', 'logs.jsonl', '--out', 'x', '--resume']],
    [2, ['train', '--logs', 'logs.jsonl', '--out', 'x', '--size', 'huge']],
    [2, ['generate', '--model', 'model']],
    [2, ['score', '--model', 'model']],
    [2, ['node', '--port', '70000']],
    [2, ['node', '--tls-cert', 'cert.pem']],
    [3, ['train', '--logs', 'missing.jsonl', '--out', 'y']],
    [3, ['train', '--logs', '.', '--out', 'z']],
    [3, ['score', '--model', 'model', '--logs', 'missing.jsonl']],
    [3, ['score', '--model', 'missing', '--logs', 'logs.jsonl']],
    [3, ['generate', '--model', 'missing', '--count', '1']],
  ];
  // A few at a time: each is a process that loads the whole program.
  const found: typeof cases = [];
  for (let i = 0; i < cases.length; i += 4) {
    found.push(...(await Promise.all(cases.slice(i, i + 4).map(async ([, args]): Promise<[number, string[]]> => [(await lyrebird(...args)).code!, args]))));
  }
  expect(found).toEqual(cases);
});
