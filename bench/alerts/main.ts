import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { Command } from 'commander';
import { loadModel } from '../../models/pipeline';
import { startElasticsearch } from '../../standalone/elasticsearch';
import { benchAlerts, formatAlerts } from './bench';
import { attackedOrganisation, teach, trainBase } from './organisation';
import { writeNormal, writeVariants } from './variants';

const number = (text: string): number => Number(text);
const flags = new Command('bench:alerts')
  .description('Attacks that a model writes, looked for by the rules that find real ones, in a real Elasticsearch.')
  .option('--work <folder>', 'keep the models there (base, red-team), and use those that are there already')
  .option('--users <n>', 'accounts of the organisation', number, 80)
  .option('--days <n>', 'length of its logs', number, 30)
  .option('--seed <n>', 'of the organisation and of what is written', number, 1)
  .option('--end <date>', 'end of its logs', '2026-11-21')
  .option('--examples <n>', 'sequences of each technique to learn from', number, 30)
  .option('--attacks <n>', 'attacks of each technique to write', number, 30)
  .option('--normal <n>', 'normal events to write', number, 3000)
  .option('--minutes <n>', 'training of the base', number, 4.5)
  .option('--finetune-minutes <n>', 'fine-tuning, at most', number, 4)
  .option('--max-steps <n>', 'steps of the base, if the time has not ended it: the same on a machine that is busy', number)
  .option('--finetune-max-steps <n>', 'steps of fine-tuning, likewise', number)
  .option('--lora <rank>', 'fine-tune by adapters of this rank', number)
  .parse()
  .opts<{ work?: string; users: number; days: number; seed: number; end: string; examples: number; attacks: number; normal: number; minutes: number; finetuneMinutes: number; maxSteps?: number; finetuneMaxSteps?: number; lora?: number }>();

async function main(): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'lyrebird-alerts-'));
  const [base, taught] = ['base', 'red-team'].map((name) => path.join(flags.work ?? scratch, name));
  const say = (text: string) => process.stderr.write(`${text}\n`);
  try {
    const org = attackedOrganisation({ ...flags, end: new Date(flags.end) });
    if (!existsSync(path.join(base, 'model.json'))) {
      say('training the base');
      await trainBase(org, base, { minutes: flags.minutes, max_steps: flags.maxSteps });
    }
    say('fine-tuning');
    await teach(org, base, taught, { minutes: flags.finetuneMinutes, max_steps: flags.finetuneMaxSteps, lora_rank: flags.lora });
    const model = await loadModel(taught);
    const attacks = await writeVariants(model, org.real, flags.attacks, flags.seed, (done, all) => say(`attacks on ${done} of ${all} victims written`));
    const normal = await writeNormal(model, org.later[0].time, flags.normal, flags.seed);
    await model.dispose();
    const { url, stop } = await startElasticsearch({ dataDir: path.join(scratch, 'elasticsearch'), disposable: true });
    const client = new Client({ node: url });
    try {
      const figures = await benchAlerts(client, org, { attacks, normal });
      say(formatAlerts(figures));
      process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
    } finally {
      await client.close();
      await stop();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
