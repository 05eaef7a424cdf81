import { mkdir } from 'node:fs/promises';
import * as path from 'node:path';
import type { Command } from 'commander';
import { evaluateOptionsSchema, type DEVICES, type Figure, type Report } from '../../common';
import type { EventPseudonymiser } from '../../common/pseudonyms';
import { logFilesReader, writeFileAtomic } from '../dataset';
import { evaluateModel, figureText, reportPage, type RealEvents } from '../evaluate';
import { readModelFiles } from '../pipeline';
import { UsageError } from './exit_codes';
import { assertPseudonyms } from './names';
import { device, json, keyFile, logs, number, pseudonymised, seed, unwrap } from './options';
import { Output } from './output';
import { startProgress } from './progress';
import { pseudonymiserFor, underPseudonyms, type PseudonymFlags } from './pseudonym_key';

interface EvaluateFlags extends PseudonymFlags {
  model: string;
  logs?: string[];
  train?: string[];
  heldout?: string[];
  synthetic?: string[];
  unwrap?: string;
  out?: string;
  maxEvents: number;
  seed: number;
  device: (typeof DEVICES)[number];
  json?: boolean;
}

export function addEvaluate(lyrebird: Command, signal: AbortSignal): void {
  lyrebird
    .command('evaluate')
    .description('Compare what a model writes with real events that it was not trained on: report.json and report.html')
    .requiredOption('--model <folder>', 'model folder')
    .addOption(logs())
    .option('--train <file...>', 'training events, where they are not in --logs')
    .option('--heldout <file...>', 'real events of a later time, to compare with')
    .option('--synthetic <file...>', 'events to judge (default: the model writes the held-out period)')
    .addOption(unwrap())
    .addOption(keyFile())
    .addOption(pseudonymised())
    .option('--out <folder>', 'folder for report.json and report.html')
    .option('--max-events <n>', 'events of each kind looked at, about; above that, fewer entities', number(100, 200_000, true), 10_000)
    .addOption(seed())
    .addOption(device())
    .addOption(json())
    .addHelpText('after', '\n--logs are split where the events begin that the model held out of its training. What each figure means: docs/report.md')
    .action((flags: EvaluateFlags) => evaluate(flags, signal));
}

async function evaluate(flags: EvaluateFlags, signal: AbortSignal): Promise<void> {
  if (flags.out === undefined && !flags.json) throw new UsageError('name where the report goes: --out FOLDER, or --json for standard output');
  const { logs: both, train, heldout } = flags;
  const given = both === undefined ? train !== undefined && heldout !== undefined : train === undefined && heldout === undefined;
  if (!given) throw new UsageError('name the real events: either --logs FILE…, or both --train FILE… and --heldout FILE…');
  const { card } = await readModelFiles(flags.model);
  const pseudonymiser = await pseudonymiserFor(card, flags);
  const real = realEvents(flags, pseudonymiser);
  const synthetic = flags.synthetic === undefined ? undefined : logFilesReader(flags.synthetic);
  if (synthetic && pseudonymiser) await assertPseudonyms('--synthetic', synthetic, card, pseudonymiser);
  const options = evaluateOptionsSchema.parse({ max_events: flags.maxEvents, seed: flags.seed });
  const progress = startProgress(flags.json ?? false);
  const report = await evaluateModel({
    folder: flags.model,
    real,
    synthetic,
    options,
    device: flags.device,
    signal,
    onProgress: ({ stage, progress: share, etaSeconds }) => progress.update(share, stage, etaSeconds),
  }).finally(() => progress.stop());
  if (flags.out !== undefined) {
    await mkdir(flags.out, { recursive: true });
    await writeFileAtomic(path.join(flags.out, 'report.json'), JSON.stringify(report));
    await writeFileAtomic(path.join(flags.out, 'report.html'), reportPage(report));
  }
  if (flags.json) await new Output(() => undefined).line(report);
  else process.stderr.write(summary(report, flags.out!));
}

function realEvents({ logs: files, train, heldout, unwrap: member }: EvaluateFlags, pseudonymiser: EventPseudonymiser | undefined): RealEvents {
  const reader = (paths: string[]) => {
    const read = logFilesReader(paths, { unwrap: member });
    return pseudonymiser ? underPseudonyms(read, pseudonymiser) : read;
  };
  return files === undefined ? { train: reader(train!), heldout: reader(heldout!) } : { logs: reader(files) };
}

function summary({ figures }: Report, out: string): string {
  const shown = figures.filter((figure) => figure.value !== null);
  const width = Math.max(...shown.map(({ name }) => name.length));
  const value = ({ unit }: Figure, number: number) => figureText(unit, number).padStart(9);
  const lines = shown.map((figure) => {
    const floor = figure.floor === null ? ''.padStart(9) : value(figure, figure.floor);
    return `${figure.name.padEnd(width)} ${value(figure, figure.value!)} ${floor}  ${figure.verdict === 'none' ? '' : figure.verdict}`.trimEnd();
  });
  return `${'figure'.padEnd(width)} ${'synthetic'.padStart(9)} ${'floor'.padStart(9)}\n${lines.join('\n')}\nReport: ${path.join(out, 'report.html')}\n`;
}
