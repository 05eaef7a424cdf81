import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { evaluateOptionsSchema, trainOptionsSchema, type LogHit, type Report } from '../../../common';
import { evaluateModel } from '../../../models/evaluate';
import { trainModel } from '../../../models/pipeline';
import { datasetOf } from '../pipeline/dataset_of';
import { figureOf } from './sample_corpus';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BEGIN = Date.UTC(2026, 0, 5);
/** The model knows days of an event every ten minutes. */
const EVERY = 10 * MINUTE;
const TRAINED = 600;
const END = BEGIN + TRAINED * EVERY;

/** Sign-ins of three people, one after the other. */
const signIns = (count: number, from: number, every: number): LogHit[] =>
  Array.from({ length: count }, (_, n) => ({
    _index: 'sign-ins',
    _source: { '@timestamp': new Date(from + n * every).toISOString(), event: { dataset: 'sign-ins', action: n % 4 ? 'sign-in' : 'sign-out' }, user: { name: ['ada', 'bob', 'cyd'][n % 3] }, source: { ip: `192.0.2.${n % 3}` } },
  }));

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'lyrebird-how-much-'));
  await trainModel({
    dataset: datasetOf(signIns(TRAINED, BEGIN, EVERY)),
    folder: path.join(root, 'model'),
    modelId: 'model',
    options: trainOptionsSchema.parse({ name: 'Sign-ins', size: 'tiny', minutes: 5, max_steps: 150, entity_fields: ['user.name'] }),
  });
}, 300_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const evaluate = (heldout: LogHit[], synthetic?: LogHit[]): Promise<Report> =>
  evaluateModel({
    folder: path.join(root, 'model'),
    real: { train: datasetOf(signIns(TRAINED, BEGIN, EVERY)), heldout: datasetOf(heldout) },
    synthetic: synthetic && datasetOf(synthetic),
    options: evaluateOptionsSchema.parse({}),
  });

const STOPPED = /^The model writes far more than there is: it was stopped after (\d+) events, at (\S+), when there had been (\d+) real ones\. Rhythm and number of events do not compare\.$/;
const WROTE_ON = /^The model wrote (\d+) events over the held-out period, where (\d+) real ones are\. It was let write on after it until there were as many: rhythm does not compare\.$/;
const found = ({ notes }: Report, note: RegExp) => notes.map((text) => note.exec(text)).find((match) => match !== null);

it('stops a model that writes on through months in which the real logs are all but silent', async () => {
  // A month of one event a day, where the model writes a hundred and forty.
  const heldout = signIns(60, END, 12 * HOUR);
  const report = await evaluate(heldout);
  const [, most, stoppedAt, until] = found(report, STOPPED)!;
  expect([most, report.validity.generated]).toEqual(['1000', 1000]);
  expect(Date.parse(stoppedAt)).toBeLessThan(END + 30 * DAY);
  expect(Number(until)).toBe(heldout.filter(({ _source }) => Date.parse(String(_source['@timestamp'])) < Date.parse(stoppedAt)).length);
  expect(found(report, WROTE_ON)).toBeUndefined();
  // What compares is compared.
  expect(figureOf(report, 'right_entity').value).toBe(1);
}, 300_000);

it('allows four for each real one before it stops', async () => {
  // Enough of them that four for each are more than the thousand that it may write in any case.
  const heldout = signIns(300, END, 2 * HOUR);
  const report = await evaluate(heldout);
  expect(found(report, STOPPED)![1]).toBe('1200');
  expect(report.validity.generated).toBe(1200);
}, 300_000);

it('lets a model write on that writes next to nothing in a short period, until there is as much to compare', async () => {
  // An hour in which everything happens at once.
  const heldout = signIns(400, END, HOUR / 400);
  const report = await evaluate(heldout);
  const [, written, real] = found(report, WROTE_ON)!;
  expect(Number(written)).toBeLessThan(100);
  expect([Number(real), report.validity.generated]).toEqual([400, 400]);
  expect(found(report, STOPPED)).toBeUndefined();
}, 300_000);

it('does neither where the model writes about as much as there is, nor with events that are given', async () => {
  const heldout = signIns(400, END, EVERY);
  const report = await evaluate(heldout);
  expect(report.validity.generated).toBeGreaterThan(100);
  expect(report.validity.generated).toBeLessThan(1600);
  const given = await evaluate(heldout, signIns(30, END, EVERY));
  expect(given.validity.generated).toBe(30);
  for (const each of [report, given]) expect([found(each, STOPPED), found(each, WROTE_ON)]).toEqual([undefined, undefined]);
}, 300_000);
