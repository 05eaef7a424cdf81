import path from 'node:path';
import { Command, Option } from 'commander';
import { MODEL_SIZES, type LogHit } from '../../common';
import { detection, hdfsDetection, othersOn, type Detection } from './protocol';
import { readNdjson, sessionHits } from './sequences';
import { aboutTraining, auc, reported, trainAndScore } from './sessions';

/** Reported is what is rarer than so many normal sessions in one, as held-out training sessions say: chosen beforehand, never on the test. */
const RATES = [0.002, 0.001, 0.0005];
const AIM = 0.001;

interface Flags {
  data: string;
  minutes: number;
  maxSteps?: number;
  size: (typeof MODEL_SIZES)[number];
  seed: number;
  only: string[];
  keep?: string;
}

type Row = { name: string } & Partial<Detection> & { f1: number };

function table(title: string, rows: readonly Row[]): void {
  const shown = (value: number | undefined) => (value === undefined ? '' : value.toFixed(4));
  process.stdout.write(`\n${title}\n\n| | precision | recall | F1 |\n|---|---|---|---|\n`);
  for (const { name, precision, recall, f1 } of rows) process.stdout.write(`| ${name} | ${shown(precision)} | ${shown(recall)} | ${shown(f1)} |\n`);
}

/** LogDeep's sequences, with the false positive rate of a sample of all normal sessions. */
async function logdeep({ data, keep, ...flags }: Flags): Promise<void> {
  const file = await readNdjson<{ split: string; label: number; events: number[] }>(path.join(data, 'hdfs_logdeep_partial.jsonl.gz'));
  const sample = await readNdjson<{ label: number; events: string[] }>(path.join(data, 'hdfs_2pct_sessions.jsonl.gz'));
  const named = (prefix: number, sessions: ReadonlyArray<{ events: ReadonlyArray<string | number> }>) => sessionHits('hdfs', sessions.map(({ events }, i) => ({ id: `blk_${prefix * 1e9 + i * 7919}`, events })));
  const tests = { normal: named(2, sample.filter(({ label }) => label === 0)), abnormal: named(3, file.filter(({ label }) => label === 1)) };
  const learned = named(1, file.filter(({ split }) => split === 'train'));
  const { card, scored } = await trainAndScore(learned, tests, { entity_fields: ['session'], ...training(flags), holdout: 0.25 }, folderOf(keep, 'logdeep'));
  const rows = RATES.map((rate): Row => ({ name: ours(rate), ...hdfsDetection(reported(scored.normal, rate), reported(scored.abnormal, rate)) }));
  table(`HDFS, sequences of event ids (LogDeep): ${aboutTraining(card)}; AUC ${auc(scored.normal, scored.abnormal).toFixed(5)}`, [...rows, ...(await othersOn(data, 'hdfs_logdeep', 'HDFS'))]);
  what('Normal sessions reported', scored.normal);
}

/** Raw lines: the time, the template and the block are found in the text. */
async function raw({ data, keep, ...flags }: Flags): Promise<void> {
  const events = await readNdjson<{ '@timestamp': string; level: string; component: string; message: string; block: string }>(path.join(data, 'hdfs_2pct_events.jsonl.gz'));
  const sessions = await readNdjson<{ block: string; label: number; split: string }>(path.join(data, 'hdfs_2pct_sessions.jsonl.gz'));
  const of = new Map(sessions.map(({ block, label, split }) => [block, split === 'train' ? 'learned' : label === 1 ? 'abnormal' : 'normal'] as const));
  const hits: Record<'learned' | 'abnormal' | 'normal', LogHit[]> = { learned: [], abnormal: [], normal: [] };
  for (const { '@timestamp': time, level, component, message, block } of events) hits[of.get(block)!].push({ _index: 'hdfs', _source: { '@timestamp': time, message: `${level} ${component}: ${message}` } });
  const { learned, ...tests } = hits;
  const { card, scored } = await trainAndScore(learned, tests, { entity_pattern: 'blk_-?\\d+', ...training(flags), holdout: 0.25 }, folderOf(keep, 'raw'));
  table(`HDFS, raw lines (2 %): ${aboutTraining(card)}; AUC ${auc(scored.normal, scored.abnormal).toFixed(5)}`, [...countedRows(scored), ...(await othersOn(data, 'hdfs_2pct'))]);
  what('Normal sessions reported', scored.normal);
}

async function openstack({ data, keep, ...flags }: Flags): Promise<void> {
  const file = await readNdjson<{ id: string; split: string; label: number; events: number[] }>(path.join(data, 'openstack_kalaki_sessions.jsonl.gz'));
  const of = (wanted: (session: (typeof file)[number]) => boolean) => sessionHits('openstack', file.filter(wanted));
  const tests = { normal: of(({ split, label }) => split !== 'train' && label === 0), abnormal: of(({ label }) => label === 1) };
  const { card, scored } = await trainAndScore(of(({ split }) => split === 'train'), tests, { entity_fields: ['session'], ...training(flags), holdout: 0.5 }, folderOf(keep, 'openstack'));
  table(`OpenStack, sequences of event ids: ${aboutTraining(card)}; AUC ${auc(scored.normal, scored.abnormal).toFixed(5)}`, [...countedRows(scored), ...(await othersOn(data, 'openstack'))]);
  what('Normal sessions reported', scored.normal);
}

const training = ({ minutes, maxSteps, size, seed }: Omit<Flags, 'data' | 'keep'>) => ({ minutes, max_steps: maxSteps, size, seed });
const folderOf = (keep: string | undefined, part: string) => keep && path.join(keep, part);
const ours = (rate: number) => `Lyrebird, one in ${Math.round(1 / rate)} normal sessions${rate === AIM ? ' (chosen)' : ''}`;

function countedRows({ normal, abnormal }: Record<string, Parameters<typeof reported>[0]>): Row[] {
  return RATES.concat([0.01, 0.02]).map((rate) => {
    const tp = reported(abnormal, rate) * abnormal.length;
    return { name: ours(rate), ...detection({ tp, fp: reported(normal, rate) * normal.length, fn: abnormal.length - tp }) };
  });
}

/** Which statistics, and which differences, the reported ones are reported for. */
function what(title: string, sessions: Parameters<typeof reported>[0]): void {
  const found = sessions.filter(({ probability }) => probability <= AIM);
  const reasons = found.map(({ statistics, make_up }) => {
    const [name] = Object.entries(statistics).sort((a, b) => a[1].probability - b[1].probability)[0];
    return `${name}: ${make_up.slice(0, 2).map(({ event, count, typical }) => `${event} ${count} for ${typical}`).join(', ')}`;
  });
  process.stdout.write(`\n${title}: ${found.length} of ${sessions.length}\n`);
  for (const reason of reasons.slice(0, 30)) process.stdout.write(`  ${reason}\n`);
}

const PARTS = { logdeep, raw, openstack };

async function main(): Promise<void> {
  const flags = new Command()
    .requiredOption('--data <folder>', 'folder with hdfs_logdeep_partial, hdfs_2pct_events, hdfs_2pct_sessions and openstack_kalaki_sessions (.jsonl.gz) and hdfs_benchmark_figures.json')
    .option('--minutes <n>', 'training of each', Number, 2)
    .option('--max-steps <n>', 'ends it earlier', Number)
    .addOption(new Option('--size <size>', 'of the model').choices(MODEL_SIZES).default('small'))
    .option('--seed <n>', 'of the training', Number, 1)
    .option('--keep <folder>', 'keeps the models there, and goes on with those that are')
    .option('--only <part...>', `of ${Object.keys(PARTS).join(', ')}`, Object.keys(PARTS))
    .parse()
    .opts<Flags>();
  for (const part of flags.only) await PARTS[part as keyof typeof PARTS](flags);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
