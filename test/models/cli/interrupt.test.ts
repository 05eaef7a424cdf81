import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { EVENTS, ndjson } from '../node/running_node';
import { run, start } from './run_lyrebird';

jest.setTimeout(120_000);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-interrupt-'));
  await writeFile(path.join(root, 'logs.jsonl'), ndjson(EVENTS));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Small, not tiny: its training does not end before it can be interrupted. */
const train = (out: string, ...more: string[]) => ['train', '--logs', 'logs.jsonl', '--out', out, '--size', 'small', '--minutes', '5', ...more];
const checkpoint = (out: string) => path.join(root, out, 'work/training/checkpoint.safetensors');

test('Ctrl-C writes a checkpoint; --resume goes on from there', async () => {
  const training = start(root, train('stopped'));
  // Some steps are taken before the stop.
  await training.says('train, step ');
  training.child.kill('SIGINT');
  const stopped = await training.ended;
  expect([stopped.code, stopped.stderr]).toEqual([130, expect.stringMatching(/cancelled at step \d+/)]);
  const steps = Number(/at step (\d+)/.exec(stopped.stderr)![1]);
  expect(steps).toBeGreaterThan(0);
  expect(existsSync(checkpoint('stopped'))).toBe(true);

  const again = await run(root, train('stopped'));
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('--resume')]);
  const other = await run(root, train('stopped', '--resume', '--seed', '7'));
  expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('other options')]);
  // The budget is spent already: only what comes after the steps is left to do.
  const resumed = await run(root, train('stopped', '--resume', '--json', '--max-steps', '1'));
  expect(JSON.parse(resumed.stdout)).toMatchObject({ training: { steps } });
  const finished = await run(root, train('stopped', '--resume'));
  expect([finished.code, finished.stderr]).toEqual([2, expect.stringContaining('finished model')]);
});

test('a killed training goes on from what it had finished', async () => {
  const training = start(root, train('killed'));
  await training.says('train');
  training.child.kill('SIGKILL');
  expect(await training.ended).toMatchObject({ code: null });
  expect(existsSync(path.join(root, 'killed/model.json'))).toBe(false);
  expect(await run(root, ['generate', '--model', 'killed', '--count', '1'])).toMatchObject({ code: 3 });
  const resumed = await run(root, train('killed', '--resume', '--json', '--max-steps', '10'));
  expect(JSON.parse(resumed.stdout)).toMatchObject({ training: { steps: 10 }, events: { train: 528, heldout: 72 } });
  // What the stages leave for each other is gone.
  expect(existsSync(path.join(root, 'killed/work'))).toBe(false);
});

test('a killed fine-tuning leaves no model, spoils not the base, and goes on with --resume', async () => {
  expect(await run(root, train('base', '--size', 'tiny', '--max-steps', '5', '--json'))).toMatchObject({ code: 0 });
  const card = await readFile(path.join(root, 'base/model.json'), 'utf8');
  const finetune = (...more: string[]) => ['finetune', '--model', 'base', '--logs', 'logs.jsonl', '--label', 'T1078', '--out', 'tuned', '--minutes', '5', ...more];
  const tuning = start(root, finetune());
  // Some steps are taken before the end.
  await tuning.says('train, step ');
  tuning.child.kill('SIGKILL');
  expect(await tuning.ended).toMatchObject({ code: null });
  expect(existsSync(path.join(root, 'tuned/model.json'))).toBe(false);
  expect(await run(root, ['generate', '--model', 'tuned', '--count', '1'])).toMatchObject({ code: 3 });

  expect(await run(root, finetune())).toMatchObject({ code: 2, stderr: expect.stringContaining('--resume') });
  expect(await run(root, finetune('--resume', '--seed', '7'))).toMatchObject({ code: 1, stderr: expect.stringContaining('other options') });
  const resumed = await run(root, finetune('--resume', '--json', '--max-steps', '8'));
  expect(resumed).toMatchObject({ code: 0 });
  expect(JSON.parse(resumed.stdout)).toMatchObject({ finetune: { techniques: [{ id: 'T1078', is_new: true }] } });
  expect(existsSync(path.join(root, 'tuned/work'))).toBe(false);
  expect(await run(root, ['generate', '--model', 'tuned', '--technique', 'T1078', '--count', '1', '--json'])).toMatchObject({ code: 0 });
  expect(await readFile(path.join(root, 'base/model.json'), 'utf8')).toBe(card);
}, 300_000);

test('a second Ctrl-C ends at once', async () => {
  const training = start(root, train('twice'));
  await training.says('train');
  training.child.kill('SIGINT');
  await training.says('stopping');
  training.child.kill('SIGINT');
  expect((await training.ended).code).toBe(130);
});

test.each(['SIGINT', 'SIGTERM'] as const)('the node ends cleanly on %s', async (signal) => {
  const node = start(root, ['node', '--data', `node-${signal}`, '--port', '0']);
  await once(node.child.stdout!, 'data');
  node.child.kill(signal);
  const { code, stdout } = await node.ended;
  expect([code, JSON.parse(stdout)]).toEqual([0, { event: 'listening', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: node.child.pid }]);
});
