import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { LogEvent } from '../../../common';
import { PseudonymKey, Pseudonyms } from '../../../common/pseudonyms';
import { canariesIn, canaryEvent, filesBelow, IDENTIFIER_FIELDS, PEOPLE } from '../../server/support/canaries';
import { linesOf } from './run_lyrebird';

jest.setTimeout(300_000);

const BIN = path.join(__dirname, '../../../bin/lyrebird.js');
const KEY = PseudonymKey.parse('c3'.repeat(32));
const pseudonyms = new Pseudonyms(KEY);
const events = Array.from({ length: 240 }, (_, n) => canaryEvent(n, 'canary.app'));
const ndjson = (lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
let root: string;

/** Temporary files go into a folder of the test's own. */
function lyrebird(args: string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], { cwd: root, input, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { ...process.env, TMPDIR: path.join(root, 'tmp') } });
  return { code: status, stdout, stderr };
}

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'lyrebird-pseudonymise-'));
  writeFileSync(path.join(root, 'key'), `${KEY.toText()}\n`);
  rmSync(path.join(root, 'tmp'), { recursive: true, force: true });
  spawnSync('mkdir', [path.join(root, 'tmp')]);
  writeFileSync(path.join(root, 'logs.ndjson'), ndjson(events));
  const trained = lyrebird(['train', '--logs', 'logs.ndjson', '--entity', 'user.name', '--pseudonymise', ...IDENTIFIER_FIELDS, '--key-file', 'key', '--out', 'model', '--size', 'tiny', '--max-steps', '5', '--json']);
  expect(trained).toMatchObject({ code: 0, stderr: '' });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('logs go under pseudonyms and come back', () => {
  const first = PEOPLE[2].user;
  // Mentioned before its own event, in a line that is no JSON, and as a search hit with a telling id.
  const input = `starting for ${first}\n${ndjson(events)}${JSON.stringify({ _id: `${first}-1`, _index: 'logs', _source: events[2] })}\n`;
  const there = lyrebird(['pseudonymise', '--key-file', 'key', '--fields', ...IDENTIFIER_FIELDS], input);
  expect(there).toMatchObject({ code: 0, stderr: '' });
  expect(canariesIn(Buffer.from(there.stdout))).toEqual([]);
  const lines = there.stdout.trim().split('\n');
  expect(lines).toHaveLength(242);
  expect(lines[0]).toBe(`starting for ${pseudonyms.of(first)}`);
  expect(JSON.parse(lines[241])).toMatchObject({ _id: `${pseudonyms.of(first)}-1`, _index: 'logs' });
  expect(readdirSync(path.join(root, 'tmp')).filter((name) => name.startsWith('lyrebird-'))).toEqual([]);
  const back = lyrebird(['pseudonymise', '--key-file', 'key', '--reveal', '--fields', ...IDENTIFIER_FIELDS], there.stdout);
  expect(back.code).toBe(0);
  expect(back.stdout).toBe(input);
});

test('suggests the fields that hold identifiers', () => {
  const { code, stdout } = lyrebird(['pseudonymise', '--suggest'], ndjson(events));
  expect(code).toBe(0);
  const found = linesOf(stdout);
  expect(found.map(({ field }) => field)).toEqual(expect.arrayContaining(IDENTIFIER_FIELDS));
  expect(found[0]).toEqual({ field: expect.any(String), holds: expect.any(String), confidence: expect.any(Number), reason: expect.any(String) });
});

test('says what is missing, and never the key', () => {
  expect(lyrebird(['pseudonymise', '--key-file', 'key'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--fields') });
  expect(lyrebird(['pseudonymise', '--key-file', 'none', '--fields', 'a'])).toMatchObject({ code: 3, stderr: expect.stringContaining('openssl rand -hex 32') });
  writeFileSync(path.join(root, 'bad'), 'not-a-key-at-all');
  const bad = lyrebird(['pseudonymise', '--key-file', 'bad', '--fields', 'a']);
  expect(bad).toMatchObject({ code: 3, stderr: expect.stringContaining('16 characters') });
  expect(bad.stderr).not.toContain('not-a-key-at-all');
});

test('a model trained under pseudonyms holds none of the names; scoring with the key shows them', async () => {
  for await (const { file, bytes } of filesBelow(path.join(root, 'model'))) expect([file, canariesIn(bytes, [...PEOPLE.flatMap(({ user, ip }) => [user, ip]), KEY.toText()])]).toEqual([file, []]);
  const card = JSON.parse(readFileSync(path.join(root, 'model', 'model.json'), 'utf8'));
  expect(card.options.pseudonymised).toEqual({ fields: IDENTIFIER_FIELDS, scheme: pseudonyms.scheme });
  expect(card.entities.map(({ name }: { name: string }) => name).sort()).toEqual(PEOPLE.map(({ user }) => pseudonyms.of(user)).sort());

  const scored = lyrebird(['score', '--model', 'model', '--logs', 'logs.ndjson', '--key-file', 'key', '--json']);
  expect(scored.code).toBe(0);
  const entities = new Set(linesOf(scored.stdout).map(({ entity }) => entity));
  expect([...entities].sort()).toEqual(PEOPLE.map(({ user }) => user).sort());
  writeFileSync(path.join(root, 'other'), 'ab'.repeat(32));
  const wrong = lyrebird(['score', '--model', 'model', '--logs', 'logs.ndjson', '--key-file', 'other', '--json']);
  expect([wrong.code, JSON.parse(wrong.stderr).code]).toEqual([1, 'LYREBIRD_CONFLICT']);
  expect(lyrebird(['train', '--logs', 'logs.ndjson', '--pseudonymise', 'user.name', '--out', 'x'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--key-file') });

  // Names as they are would be strangers to the model, and stand in what it answers.
  for (const command of [['score'], ['evaluate', '--out', 'report'], ['finetune', '--out', 'tuned']]) {
    const raw = lyrebird([...command, '--model', 'model', '--logs', 'logs.ndjson']);
    expect(raw).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/learned pseudonyms in user.name, .*--key-file FILE.*--pseudonymised/) });
  }
  // Under pseudonyms already, the same events score the same.
  writeFileSync(path.join(root, 'safe.ndjson'), lyrebird(['pseudonymise', '--key-file', 'key', '--fields', ...IDENTIFIER_FIELDS], ndjson(events)).stdout);
  const safe = lyrebird(['score', '--model', 'model', '--logs', 'safe.ndjson', '--pseudonymised', '--json']);
  expect(safe.code).toBe(0);
  expect(canariesIn(Buffer.from(safe.stdout))).toEqual([]);
  const scores = (text: string) => linesOf(text).map(({ score, surprisal }) => ({ score, surprisal }));
  expect(scores(safe.stdout)).toEqual(scores(scored.stdout));

  const generated = lyrebird(['generate', '--model', 'model', '--count', '20', '--no-memorisation-guard', '--json']);
  expect(generated.code).toBe(0);
  expect(JSON.parse(generated.stderr)).toMatchObject({ copies: { redrawn: 0, given_up: 0 } });
  const named = lyrebird(['pseudonymise', '--reveal', '--key-file', 'key', '--fields', ...IDENTIFIER_FIELDS], generated.stdout);
  const users = linesOf(named.stdout).map((event: LogEvent) => String((event.user as LogEvent).name).replace(/^VRBLX\\/, ''));
  for (const user of users) expect(PEOPLE.map((person) => person.user)).toContain(user);
});

describe('asked to generate', () => {
  const person = PEOPLE[2].user;
  const generate = (...args: string[]) => lyrebird(['generate', '--model', 'model', '--count', '12', '--no-memorisation-guard', ...args]);
  const usersOf = (stdout: string) => new Set(linesOf(stdout).map((event) => event.user.name.replace(/^.*\\/, '')));

  test.each([
    ['--entity zqvexor', ['--entity', 'zqvexor']],
    ['--like plimsholt', ['--new-entities', '1', '--like', person]],
    ['--into plimsholt', ['--technique', 'T1078', '--into', person]],
    ['--where user.name=plimsholt', ['--where', `user.name=${pseudonyms.of(PEOPLE[0].user)},${person}`]],
    ['--where source.ip', ['--where', 'source.ip>=1']],
    ['--continue', ['--continue', 'logs.ndjson']],
  ])('names without the key are refused, and it is said what to do: %s', (option, args) => {
    expect(generate(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(new RegExp(`^error: ${option}: .*learned pseudonyms in user.name, .*--key-file FILE.*--pseudonymised`)) });
  });

  test('with the key it is asked by names, and writes pseudonyms: the same events as when it is asked by these', () => {
    writeFileSync(path.join(root, 'safe.ndjson'), lyrebird(['pseudonymise', '--key-file', 'key', '--fields', ...IDENTIFIER_FIELDS], ndjson(events)).stdout);
    const named = generate('--key-file', 'key', '--entity', `VRBLX\\${person.toUpperCase()}`, '--continue', 'logs.ndjson');
    expect([named.code, canariesIn(Buffer.from(named.stdout))]).toEqual([0, []]);
    expect(usersOf(named.stdout)).toEqual(new Set([pseudonyms.of(person)]));
    const [first] = linesOf(named.stdout);
    expect(Date.parse(first['@timestamp'])).toBeGreaterThan(Date.parse(String(events.at(-1)!['@timestamp'])));
    expect(generate('--pseudonymised', '--entity', pseudonyms.of(person), '--continue', 'safe.ndjson')).toMatchObject({ code: 0, stdout: named.stdout });
    // What the model knows is no name, and needs no key.
    expect(usersOf(generate('--entity', pseudonyms.of(person)).stdout)).toEqual(new Set([pseudonyms.of(person)]));
  });

  test('with the key, conditions on other fields that mention somebody mean him', () => {
    const { code, stdout } = generate('--key-file', 'key', '--where', `user.name=${person}`, '--where', `file.owner=${PEOPLE[3].user}`);
    expect(code).toBe(0);
    for (const { user, file } of linesOf(stdout)) expect([user.name, file.owner]).toEqual([pseudonyms.of(person), pseudonyms.of(PEOPLE[3].user)]);
  });

  test('a stranger, a range of pseudonyms and another key are refused by what was typed', () => {
    expect(generate('--key-file', 'key', '--entity', 'stranger')).toMatchObject({ code: 3, stderr: expect.stringContaining('"stranger"') });
    expect(generate('--key-file', 'key', '--where', 'source.ip>=1')).toMatchObject({ code: 3, stderr: expect.stringContaining('no order') });
    writeFileSync(path.join(root, 'another'), 'ab'.repeat(32));
    expect(generate('--key-file', 'another', '--entity', person)).toMatchObject({ code: 1, stderr: expect.stringContaining('Use the key that the model was trained with') });
    expect(generate('--key-file', 'key', '--pseudonymised', '--entity', person)).toMatchObject({ code: 2, stderr: expect.stringContaining('name one of the two') });
  });
});

test('a report does not hold events with names against a model of pseudonyms', () => {
  const judged = lyrebird(['evaluate', '--model', 'model', '--logs', 'logs.ndjson', '--key-file', 'key', '--synthetic', 'logs.ndjson', '--out', 'report']);
  expect(judged).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: --synthetic: .*has names, such as "zqvexor\.wyrmling".*lyrebird pseudonymise/) });
});
