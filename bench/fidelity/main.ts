import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadModel } from '../../models/pipeline';
import type { EventFields } from '../../models/prepare';
import { eventsOf } from './events';
import { judge } from './judge';
import { modelFolder, runLyrebird } from './lyrebird';
import { runPeer } from './peers';
import type { Attempt, Settings, Task } from './settings';
import { comparison } from './table';
import type { Column } from './table';

/** `npm run bench:fidelity`: generators side by side, on the same events and in the same time, judged by the same report. */

const CONTENDERS = ['field', 'bpe', 'char', 'REaLTabFormer', 'PAR'] as const;
type Contender = (typeof CONTENDERS)[number];
/** Its model says how events are read, for the peers' tables and the judge: it comes first. */
const READER: Contender = 'field';

const positive = (text: string) => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a number above 0.');
  return value;
};

const command = new Command('bench:fidelity')
  .option('--users <n>', 'accounts of the sample organisation', positive, 20)
  .option('--events <n>', 'training and held-out events together', positive, 10_000)
  .option('--heldout-days <n>', 'newest days, kept for the comparison', positive, 3)
  .option('--minutes <n>', 'training time of each', positive, 2)
  .option('--writing-minutes <n>', 'time each may write, at most', positive, 1.5)
  .option('--seed <n>', 'of the events, training and writing', Number, 1)
  .addOption(new Option('--only <names...>', 'run these; the others stand in the table as DIR has them').choices(CONTENDERS))
  .option('--out <dir>', 'where models, events and reports are kept', '.lyrebird/fidelity')
  .showHelpAfterError();

async function attempt(name: Contender, events: ReturnType<typeof eventsOf>, fields: () => Promise<EventFields>, task: Task): Promise<Attempt> {
  if (name === 'REaLTabFormer') return runPeer('realtabformer_rows', events, await fields(), task);
  if (name === 'PAR') return runPeer('par_sequences', events, await fields(), task);
  return { made: await runLyrebird(name, events, task) };
}

async function main(): Promise<void> {
  const { only = CONTENDERS, out, ...settings } = command.parse().opts<Settings & { only?: Contender[]; out: string }>();
  const root = path.resolve(out);
  const folderOf = (name: Contender) => path.join(root, name);
  const events = eventsOf(settings);
  say(`${events.train.length} training events, ${events.heldout.length} held out; ${settings.minutes} min of training each`);
  const fields = async () => {
    const model = await loadModel(modelFolder(folderOf(READER)));
    await model.dispose();
    return model.fields;
  };
  const columns: Column[] = [];
  for (const name of CONTENDERS) {
    const file = path.join(folderOf(name), 'column.json');
    if (!only.includes(name)) {
      const kept = await keptColumn(file, settings);
      if (kept !== undefined) columns.push(kept);
      continue;
    }
    await mkdir(folderOf(name), { recursive: true });
    say(`${name} …`);
    const column: Column = { name, attempt: await attempt(name, events, fields, { settings, period: events.period, folder: folderOf(name) }) };
    if ('made' in column.attempt) column.judgement = await judge(modelFolder(folderOf(READER)), await fields(), folderOf(name), events, settings.seed);
    await writeFile(file, JSON.stringify({ settings, column }));
    columns.push(column);
  }
  await writeFile(path.join(root, 'fidelity.json'), JSON.stringify({ settings, samples: { train: events.train.length, heldout: events.heldout.length }, columns }, null, 2));
  process.stdout.write(`${comparison(columns)}\n`);
}

/** What an earlier run of the same settings left; `undefined` if there is none. */
async function keptColumn(file: string, settings: Settings): Promise<Column | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const kept = JSON.parse(text) as { settings: Settings; column: Column };
  return JSON.stringify(kept.settings) === JSON.stringify(settings) ? kept.column : undefined;
}

const say = (text: string) => process.stderr.write(`${text}\n`);

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
