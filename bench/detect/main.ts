import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, Option } from 'commander';
import { lyrebirdScores } from './lyrebird';
import { measure, type Figures, type Judged } from './measure';
import { detectionTask, type DetectionTask } from './organisation';
import { aitTasks, otrfTask } from './public_logs';
import { peerScores, PEERS } from './peers';
import { rarityScores } from './rarity';
import { byTechnique, comparison, type Row } from './table';
import { telltales, type Telltale } from './telltales';

/** `npm run bench:detect`: who finds the attacks, on the same events. */

const OURS = 'Lyrebird';
const AT_ONCE = 'Lyrebird, at once';
/** Of a seed's twenty attacks: fewer share a value by chance. */
const TELLING = 4;
const NAMES = { rarityAndBurst: 'rarity and burst', userPairs: 'user-value pairs', isolation_forest: 'isolation forest', autoencoder: 'autoencoder per user (DFP)', deeplog: 'LSTM (DeepLog)' };

const integers = (text: string) => text.split(',').map(Number);
const flags = new Command('bench:detect')
  .description('Attacks in labelled logs, looked for by anomaly scores of several kinds.')
  .addOption(new Option('--logs <which>', 'the sample organisation, alerts of the AIT data set, or Windows events of OTRF (weak labels)').choices(['organisation', 'ait', 'otrf'] as const).default('organisation'))
  .option('--data <folder>', 'folder with ait_ads_alerts, otrf_attack_events (.jsonl.gz) and otrf_attack_manifest.jsonl')
  .option('--seeds <list>', 'organisations, one a seed; of public logs the first is that of training', integers, [11, 12, 13])
  .option('--users <n>', 'accounts of each', Number, 80)
  .option('--days <n>', 'length of the logs of each; the last fifth is judged', Number, 30)
  .option('--minutes <n>', 'training of our model', Number, 2.5)
  .option('--max-steps <n>', 'steps of training, if the time has not ended it: the same on a machine that is busy', Number)
  .option('--out <folder>', 'where models and figures are kept; a model that is there already is used', '.lyrebird/detect')
  .parse()
  .opts<{ logs: 'organisation' | 'ait' | 'otrf'; data?: string; seeds: number[]; users: number; days: number; minutes: number; maxSteps?: number; out: string }>();

const say = (text: string) => process.stderr.write(`${text}\n`);

async function* tasks(): AsyncGenerator<{ name: string; task: DetectionTask; seed: number }> {
  const [seed] = flags.seeds;
  if (flags.logs === 'organisation') {
    for (const each of flags.seeds) yield { name: `seed-${each}`, task: detectionTask({ ...flags, seed: each }), seed: each };
    return;
  }
  if (flags.data === undefined) throw new Error(`Say with --data which folder holds the logs of ${flags.logs}.`);
  if (flags.logs === 'otrf') yield { name: 'otrf', task: await otrfTask(flags.data), seed };
  else for (const each of await aitTasks(flags.data)) yield { ...each, seed };
}

async function main(): Promise<void> {
  const rows = new Map<string, Row>([OURS, AT_ONCE, ...Object.values(NAMES)].map((detector) => [detector, { detector, runs: [] }]));
  const found: Record<string, Telltale[]> = {};
  for await (const { name: run, task, seed } of tasks()) {
    const folder = path.resolve(flags.out, run);
    await mkdir(folder, { recursive: true });
    say(`${run}: ${task.train.length} events to learn from, ${task.test.length} to judge`);
    found[run] = telltales(task, TELLING);
    say(`  values of ${TELLING} attacks or more that nothing normal has: ${found[run].map(({ field, value }) => `${field}=${value}`).join(', ') || 'none'}`);
    const take = (name: string, scores: readonly number[]) => {
      const figures = measure(judged(task, scores));
      rows.get(name)!.runs.push(figures);
      say(`  ${name}: AUC ${figures.auc.toFixed(4)}, average precision ${figures.average_precision.toFixed(3)}, recall at 0.1 % ${figures.at_01.recall.toFixed(3)}, attacks ${figures.at_01.attacks} of ${figures.attacks}`);
    };
    const simple = rarityScores(task);
    take(NAMES.rarityAndBurst, simple.rarityAndBurst);
    take(NAMES.userPairs, simple.userPairs);
    const ours = await lyrebirdScores(task, path.join(folder, 'model'), { minutes: flags.minutes, max_steps: flags.maxSteps, seed });
    take(OURS, ours.scores);
    take(AT_ONCE, ours.initial);
    say(`  ${ours.events_per_second.toFixed(0)} events/s scored, ${ours.skipped} set aside`);
    const peers = await peerScores(task, folder, seed);
    for (const peer of PEERS) {
      if ('missing' in peers) rows.get(NAMES[peer])!.missing = peers.missing;
      else take(NAMES[peer], peers[peer]);
    }
  }
  const all = [...rows.values()];
  const runs: Figures[] = rows.get(OURS)!.runs;
  await writeFile(path.resolve(flags.out, 'detect.json'), JSON.stringify({ settings: flags, telltales: found, rows: all }, null, 2));
  process.stdout.write(`${comparison(all)}\n\n${byTechnique(runs)}\n`);
}

const judged = ({ test }: DetectionTask, scores: readonly number[]): Judged[] => test.map(({ entity, time, attack }, i) => ({ entity, time, attack, score: scores[i] }));

main().catch((error: unknown) => {
  say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
