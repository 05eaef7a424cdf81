import * as path from 'node:path';
import { finetuneOptionsSchema, type DEVICES, type FinetuneCard } from '../../common';
import { logFilesReader } from '../dataset';
import { finetuneModel, readModelFiles } from '../pipeline';
import { clientFromEnvironment, indexReader } from './elasticsearch';
import { UsageError } from './exit_codes';
import { checkFolder, makeModel, nameOf } from './model_folder';
import { Output } from './output';
import { privacyOf, spentText, type PrivacyFlags } from './privacy_options';
import { pseudonymiserFor, underPseudonyms, type PseudonymFlags } from './pseudonym_key';

export interface FinetuneFlags extends PseudonymFlags, PrivacyFlags {
  model: string;
  logs?: string[];
  index?: string;
  unwrap?: string;
  out: string;
  name?: string;
  lora?: number;
  technique: string[];
  label?: string;
  replay?: number;
  minutes?: number;
  maxSteps?: number;
  seed: number;
  device: (typeof DEVICES)[number];
  resume?: boolean;
  json?: boolean;
}

export async function finetune(flags: FinetuneFlags, signal: AbortSignal): Promise<void> {
  if ((flags.logs === undefined) === (flags.index === undefined)) throw new UsageError('name what to learn from: either --logs FILE… or --index PATTERN');
  const folder = path.resolve(flags.out);
  await checkFolder(flags.out, flags.resume);
  const options = finetuneOptionsSchema.parse({
    name: nameOf(flags),
    lora_rank: flags.lora,
    techniques: flags.technique,
    label: flags.label,
    replay: flags.replay,
    minutes: flags.minutes,
    max_steps: flags.maxSteps,
    seed: flags.seed,
    device: flags.device,
    privacy: privacyOf(flags),
  });
  const logs = flags.logs ? logFilesReader(flags.logs, { unwrap: flags.unwrap }) : indexReader(clientFromEnvironment(), flags.index!, signal);
  const pseudonymiser = await pseudonymiserFor((await readModelFiles(path.resolve(flags.model))).card, flags);
  const dataset = pseudonymiser ? underPseudonyms(logs, pseudonymiser) : logs;
  const card = await makeModel(flags, (into) => finetuneModel({ ...into, base: path.resolve(flags.model), dataset, options, signal }));

  const made = card.finetune!;
  if (flags.json) return new Output(() => undefined).line({ model: folder, id: card.id, skipped: card.skipped, training: card.training, finetune: made });
  process.stderr.write(`${summary(folder, made, card.training.steps, card.training.seconds)}\n`);
  if (made.privacy) {
    process.stderr.write(`Differentially private: ${spentText(made.privacy)} Values and names in the codec are not covered.\n`);
    const base = card.privacy ? `have the base's own bound, epsilon ${card.privacy.epsilon.toFixed(2)}; events in both have the sum of the two` : 'have no bound, for the base was trained without privacy';
    process.stderr.write(`Events that the base learned ${base}.\n`);
  } else if (card.privacy) process.stderr.write("The base's differential privacy does not cover what was taught now, nor events of its own that were taught again: --epsilon would.\n");
  if (Object.keys(card.skipped).length > 0) process.stderr.write(`Set aside: ${JSON.stringify(card.skipped)}\n`);
}

const change = (loss: { before: number; after: number } | undefined) => (loss ? `${loss.before.toFixed(3)} → ${loss.after.toFixed(3)}` : 'nothing held out');

/** What was learned and what it cost, held-out nats per token before → after. */
function summary(folder: string, { base, lora, trained_parameters, techniques, learned, normal }: FinetuneCard, steps: number, seconds: number): string {
  const how = lora ? `adapters of rank ${lora.rank}, ${trained_parameters} parameters` : `all ${trained_parameters} parameters`;
  return [
    `Model ${folder}: ${base.name} with ${how}, ${steps} steps in ${seconds.toFixed(0)} s. Held-out loss, nats per token:`,
    `  learned        ${change(learned.heldout_nats_per_token)} (${learned.events.train} events)`,
    ...techniques.map(({ id, is_new, sequences, events, heldout_nats_per_token }) => `  ${id.padEnd(14)} ${change(heldout_nats_per_token)} (${sequences.train} sequences, ${events.train} events${is_new ? ', new' : ''})`),
    ...(normal.source === 'none' ? [] : [`  normal events  ${change(normal.heldout_nats_per_token)} (${normal.events.train} replayed, ${normal.source === 'base' ? 'written by the base' : 'of the same logs'})`]),
  ].join('\n');
}
