import * as path from 'node:path';
import { Option, type Command } from 'commander';
import { augmentOptionsSchema, TECHNIQUE_FIELDS, type AugmentCard, type AugmentFigures, type AugmentOptions, type DEVICES, type ModelCard } from '../../common';
import { augmentationUnder } from '../../common/pseudonyms';
import { augmentModel } from '../augment';
import { logFilesReader } from '../dataset';
import { readModelFiles } from '../pipeline';
import { where } from './conditions';
import { clientFromEnvironment, indexReader } from './elasticsearch';
import { UsageError } from './exit_codes';
import type { GenerateFlags } from './generate';
import { checkFolder, makeModel, nameOf } from './model_folder';
import { device, fromBase, json, number, seed, several } from './options';
import { Output } from './output';
import { pseudonymiserFor, underPseudonyms, type PseudonymFlags } from './pseudonym_key';

interface AugmentFlags extends PseudonymFlags {
  model: string;
  logs?: string[];
  index?: string;
  unwrap?: string;
  out: string;
  name?: string;
  entity: string[];
  where: GenerateFlags['where'];
  atMost?: number;
  perEntity?: number;
  peers: number;
  labelField: string[];
  eventsTo?: string;
  minutes?: number;
  maxSteps?: number;
  seed: number;
  device: (typeof DEVICES)[number];
  resume?: boolean;
  json?: boolean;
}

export function addAugment(lyrebird: Command, signal: AbortSignal): void {
  fromBase(lyrebird.command('augment'))
    .description('Write events for entities with little history, after the habits of others like them, train anew with these, and compare false positives and recall. The model itself stays as it is')
    .addOption(several('--entity <name>', 'write for this entity; repeatable', 'all that have little history'))
    .addOption(new Option('--where <condition>', 'only for entities most of whose events have FIELD=VALUE; repeatable').argParser(where).default({}, 'all'))
    .option('--at-most <n>', 'who has so many events or fewer has little history (default: a quarter of what the entity in the middle has)', number(1, 1e9, true))
    .option('--per-entity <n>', 'events to write for each, at most (default: as many as it lacks to the entity in the middle)', number(1, 100_000, true))
    .option('--peers <n>', 'how many others the events of each are written after', number(1, 20, true), 3)
    .addOption(several('--label-field <field>', 'an event that has this field is an attack’s: it is not learned from, and whether it is found is counted; repeatable', TECHNIQUE_FIELDS.join(', ')))
    .option('--events-to <file>', "what to train another detector with, NDJSON: the real events before the held-out ones, and the synthetic ones, marked lyrebird.synthetic")
    .option('--minutes <n>', "time for training (default: the base's)", number(0.01, 7 * 24 * 60))
    .option('--max-steps <n>', "end training after so many steps (default: the base's)", number(1, 1e9, true))
    .addOption(seed())
    .addOption(device())
    .option('--resume', 'go on with the interrupted augmentation in --out, with the same options')
    .addOption(json())
    .addHelpText(
      'after',
      '\nGive the logs that the model was trained on, and later ones if there are any: these judge it, before and after; else those that it held out do.' +
        '\n\nExamples:\n  lyrebird augment --model m --logs all.ndjson.gz --out m2                       everybody with little history' +
        '\n  lyrebird augment --model m --logs all.ndjson.gz --out m2 --where department=Sales --at-most 100 --events-to train.ndjson'
    )
    .action((flags: AugmentFlags) => augment(flags, signal));
}

async function augment(flags: AugmentFlags, signal: AbortSignal): Promise<void> {
  if ((flags.logs === undefined) === (flags.index === undefined)) throw new UsageError('name the events: either --logs FILE… or --index PATTERN');
  await checkFolder(flags.out, flags.resume);
  const { card: base } = await readModelFiles(path.resolve(flags.model));
  const logsGiven = flags.logs ? logFilesReader(flags.logs, { unwrap: flags.unwrap }) : indexReader(clientFromEnvironment(), flags.index!, signal);
  const pseudonymiser = await pseudonymiserFor(base, flags);
  const dataset = pseudonymiser ? underPseudonyms(logsGiven, pseudonymiser) : logsGiven;
  const asked = optionsOf(flags);
  const options = pseudonymiser ? augmentationUnder(pseudonymiser, asked, base) : asked;
  const eventsTo = flags.eventsTo === undefined ? undefined : path.resolve(flags.eventsTo);
  const card = await makeModel(flags, (into) => augmentModel({ ...into, base: path.resolve(flags.model), dataset, options, eventsTo, signal }));

  const folder = path.resolve(flags.out);
  const made = card.augment!;
  if (flags.json) return new Output(() => undefined).line({ model: folder, id: card.id, training: card.training, augment: made, ...(made.comparison && { recall_fell: recallFell(made.comparison.all) }), ...(eventsTo && { events_to: eventsTo }) });
  process.stderr.write(`${summary(folder, card, made)}\n`);
  if (eventsTo !== undefined) process.stderr.write(`Events for another detector: ${eventsTo}\n`);
}

function optionsOf(flags: AugmentFlags): AugmentOptions {
  const parsed = augmentOptionsSchema.safeParse({
    name: nameOf(flags),
    entities: flags.entity,
    where: flags.where,
    at_most: flags.atMost,
    per_entity: flags.perEntity,
    peers: flags.peers,
    label_fields: flags.labelField.length > 0 ? flags.labelField : undefined,
    minutes: flags.minutes,
    max_steps: flags.maxSteps,
    seed: flags.seed,
    device: flags.device,
  });
  if (parsed.success) return parsed.data;
  const [{ path: at }] = parsed.error.issues;
  throw new UsageError(at[0] === 'where' ? `--where ${at.slice(1).join('.')}: name one value, as in FIELD=VALUE` : `--${at.join('.').replaceAll('_', '-')}: ${parsed.error.issues[0].message}`);
}

/** Whether the new model finds less of the attacks at any of the thresholds. */
export const recallFell = ({ at }: AugmentFigures): boolean => at.some(({ attack_events, attacks }) => attack_events.after < attack_events.before || attacks.after < attacks.before);

const THRESHOLDS: Record<AugmentFigures['at'][number]['name'], string> = { score_99: 'score 99 or more', one_in_100: 'one in 100 before', one_in_1000: 'one in 1,000 before' };

/** What was added, and what that changed, before → after. */
function summary(folder: string, { training }: ModelCard, { base, at_most, chosen, without_peers, added, comparison }: AugmentCard): string {
  const lines = [
    `Model ${folder}: ${base.name} and ${added} synthetic events of ${chosen - without_peers} entities with at most ${at_most} events${without_peers > 0 ? ` (${without_peers} more are like nobody)` : ''}, ${training.steps} steps in ${training.seconds.toFixed(0)} s.`,
  ];
  if (!comparison) return [...lines, 'There are no later events, and the model held none out: nothing judges it.'].join('\n');
  const { from, to, chosen: theirs, all } = comparison;
  lines.push(`Held-out events, ${from} to ${to}: ${theirs.normal} normal ones of these entities, ${all.normal} of all. Reported, before → after:`);
  const counts = ({ before, after }: { before: number; after: number }) => `${before} → ${after}`.padStart(13);
  const hasAttacks = all.attack_events > 0;
  lines.push(`  ${'threshold'.padEnd(20)} ${'theirs'.padStart(13)} ${'all normal'.padStart(13)}${hasAttacks ? ` ${'attack events'.padStart(13)} ${'attacks'.padStart(13)} ${'all normal, as many found'.padStart(27)}  (of ${all.attack_events} and ${all.attacks})` : ''}`);
  all.at.forEach(({ name, false_positives, attack_events, attacks, as_many_found }, i) => {
    const equal = as_many_found ? counts({ before: false_positives.before, after: as_many_found.false_positives }) : '–';
    lines.push(`  ${THRESHOLDS[name].padEnd(20)} ${counts(theirs.at[i].false_positives)} ${counts(false_positives)}${hasAttacks ? ` ${counts(attack_events)} ${counts(attacks)} ${equal.padStart(27)}` : ''}`);
  });
  if (!hasAttacks) lines.push('No event is labelled as an attack: whether attacks are found as before is not known. Name the field that says so with --label-field.');
  else if (recallFell(all)) lines.push('ATTENTION: fewer attacks are found than before. Look at the figures before you use this model.');
  if (all.at.some(({ false_positives }) => false_positives.after > false_positives.before)) lines.push('More normal events are reported at the same score: the new model is stricter. Compare where as many attack events are found, and choose the threshold anew.');
  return lines.join('\n');
}
