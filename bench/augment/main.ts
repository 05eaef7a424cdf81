import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { trainOptionsSchema, type AugmentFigures, type ModelCard } from '../../common';
import { compare } from '../../models/augment';
import { trainModel } from '../../models/pipeline';
import { columnsOf } from '../detect/columns';
import { lyrebirdScores } from '../detect/lyrebird';
import { measure } from '../detect/measure';
import { detectionTask, type TrueEvent } from '../detect/organisation';
import { peerScores } from '../detect/peers';
import { readerOf } from '../sample';
import { withNewcomers, type NewcomerTask } from './newcomers';
import { table, type AugmentRow } from './table';
import { trainingSets } from './training_sets';

/** `npm run bench:augment`: what detectors falsely report of newcomers, and find, before and after synthetic events. */

const SETS = { before: 'as it is', synthetic: 'synthetic events', copies: 'copies of their own', peers: "peers' real events" } as const;
type SetName = keyof typeof SETS;

const flags = new Command('bench:augment')
  .description("Users with some days' history in the sample organisation: false positives and recall, with and without events written for them.")
  .option('--seeds <list>', 'organisations, one a seed', (text) => text.split(',').map(Number), [11, 12])
  .option('--users <n>', 'accounts of each', Number, 80)
  .option('--days <n>', 'length of the logs of each; the last fifth is judged', Number, 30)
  .option('--newcomers <n>', 'users whose history is cut', Number, 16)
  .option('--minutes <n>', 'training of our model', Number, 4)
  .option('--max-steps <n>', 'steps of training, if the time has not ended it', Number, 1000)
  .option('--sets <list>', `of ${Object.keys(SETS).join(', ')}`, (text) => text.split(',') as SetName[], Object.keys(SETS) as SetName[])
  .option('--detectors <list>', 'of lyrebird, autoencoder', (text) => text.split(','), ['lyrebird', 'autoencoder'])
  .option('--out <folder>', 'where models and scores are kept; those that are there already are used', '.lyrebird/augment')
  .parse()
  .opts<{ seeds: number[]; users: number; days: number; newcomers: number; minutes: number; maxSteps: number; sets: SetName[]; detectors: string[]; out: string }>();

const say = (text: string) => process.stderr.write(`${text}\n`);

/** What is there already is read, anything else made and kept. */
async function kept<T>(file: string, make: () => Promise<T>): Promise<T> {
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as T;
  const made = await make();
  await writeFile(file, JSON.stringify(made));
  return made;
}

async function ours(task: NewcomerTask, added: readonly TrueEvent[], folder: string, base: string, seed: number): Promise<number[]> {
  const budget = { minutes: flags.minutes, max_steps: flags.maxSteps, seed };
  if (added.length > 0 && !existsSync(path.join(folder, 'model.json'))) {
    const card = JSON.parse(await readFile(path.join(base, 'model.json'), 'utf8')) as ModelCard;
    const dataset = readerOf([...added, ...task.train].map(({ hit }) => hit));
    await trainModel({ dataset, folder, modelId: 'augment', options: trainOptionsSchema.parse({ name: 'augment', ...budget }), heldoutFrom: Date.parse(card.heldout_from!) });
  }
  return (await lyrebirdScores(task, folder, budget)).scores;
}

async function main(): Promise<void> {
  const rows = new Map<string, AugmentRow>();
  for (const seed of flags.seeds) {
    const root = path.resolve(flags.out, `seed-${seed}`);
    await mkdir(root, { recursive: true });
    const task = withNewcomers(detectionTask({ ...flags, seed }), flags.newcomers);
    const columns = new Set(columnsOf(task.train));
    const base = path.join(root, 'before');
    const first = await kept(path.join(root, 'before.lyrebird.json'), () => ours(task, [], base, base, seed));
    const sets = await kept(path.join(root, 'sets.json'), () => trainingSets(task, base, seed));
    const own = (set: SetName): TrueEvent[] => (set === 'before' ? [] : sets[set]);
    say(`seed ${seed}: ${task.train.length} events, ${[...task.newcomers].length} newcomers; added: ${flags.sets.map((set) => `${set} ${own(set).length}`).join(', ')}`);
    for (const detector of flags.detectors) {
      let reference: number[] | undefined;
      for (const set of flags.sets) {
        const file = path.join(root, `${set}.${detector}.json`);
        const scored = await kept<number[] | { missing: string }>(file, async () => {
          if (detector === 'lyrebird') return set === 'before' ? first : ours(task, own(set), path.join(root, set), base, seed);
          const folder = path.join(root, `${set}-${detector}`);
          await mkdir(folder, { recursive: true });
          const train = [...own(set), ...task.train].sort((a, b) => a.time - b.time);
          const found = await peerScores({ ...task, train }, folder, seed, { only: ['autoencoder'] as const, columns });
          return 'missing' in found ? found : found.autoencoder;
        });
        if ('missing' in scored) {
          say(`  ${detector}: ${scored.missing}`);
          break;
        }
        reference ??= scored;
        const row = rows.get(`${detector} ${set}`) ?? { detector, set: SETS[set], runs: [] };
        rows.set(`${detector} ${set}`, row);
        row.runs.push(figuresOf(task, reference, scored));
        say(`  ${detector}, ${SETS[set]}: ${summaryOf(row.runs.at(-1)!)}`);
      }
    }
  }
  const all = [...rows.values()];
  await writeFile(path.resolve(flags.out, 'augment.json'), JSON.stringify({ settings: flags, rows: all }, null, 2));
  process.stdout.write(`${table(all)}\n`);
}

function figuresOf({ test, newcomers }: NewcomerTask, before: readonly number[], after: readonly number[]): AugmentRow['runs'][number] {
  const compared = test.map(({ entity, attack }, i) => ({ entity, before: before[i], after: after[i], ...(attack && { attack: attack.id }) }));
  const judged = test.map(({ entity, time, attack }, i) => ({ entity, time, score: after[i], ...(attack && { attack }) }));
  const theirs = measure(judged.filter(({ entity }) => newcomers.has(entity)));
  const all = measure(judged);
  return { ...compare(compared, (entity) => newcomers.has(entity)), precision: { theirs: theirs.average_precision, all: all.average_precision }, recall: { at_01: all.at_01.recall, at_1: all.at_1.recall } };
}

const summaryOf = ({ chosen, all, precision }: { chosen: AugmentFigures; all: AugmentFigures; precision: { theirs: number; all: number } }): string =>
  all.at.map(({ name, false_positives, attack_events }, i) => `${name} ${chosen.at[i].false_positives.after}/${false_positives.after} false, ${attack_events.after} found`).join('; ') + `; precision ${precision.theirs.toFixed(3)}/${precision.all.toFixed(3)}`;

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
