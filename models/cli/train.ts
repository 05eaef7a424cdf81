import * as path from 'node:path';
import { trainOptionsSchema, type DEVICES, type MODEL_SIZES, type TOKENIZERS } from '../../common';
import { EventPseudonymiser } from '../../common/pseudonyms';
import { logFilesReader } from '../dataset';
import { trainModel } from '../pipeline';
import { clientFromEnvironment, indexReader } from './elasticsearch';
import { UsageError } from './exit_codes';
import { checkFolder, makeModel, nameOf } from './model_folder';
import { Output } from './output';
import { privacyOf, spentText, type PrivacyFlags } from './privacy_options';
import { pseudonymsOf, underPseudonyms } from './pseudonym_key';

export interface TrainFlags extends PrivacyFlags {
  logs?: string[];
  index?: string;
  entity: string[];
  entityNormalise: boolean;
  entityPattern?: string;
  sessions?: boolean;
  timeField?: string;
  exclude: string[];
  fields: string[];
  pseudonymise?: string[];
  keyFile?: string;
  unwrap?: string;
  out: string;
  name?: string;
  size: (typeof MODEL_SIZES)[number];
  minutes?: number;
  maxSteps?: number;
  tokenizer: (typeof TOKENIZERS)[number];
  seed: number;
  device: (typeof DEVICES)[number];
  resume?: boolean;
  json?: boolean;
}

export async function train(flags: TrainFlags, signal: AbortSignal): Promise<void> {
  if ((flags.logs === undefined) === (flags.index === undefined)) throw new UsageError('name what to learn from: either --logs FILE… or --index PATTERN');
  const folder = path.resolve(flags.out);
  await checkFolder(flags.out, flags.resume);
  if ((flags.pseudonymise === undefined) !== (flags.keyFile === undefined)) throw new UsageError('--pseudonymise FIELD… and --key-file FILE belong together');
  const pseudonymiser = flags.keyFile === undefined ? undefined : new EventPseudonymiser(await pseudonymsOf(flags.keyFile), flags.pseudonymise!);
  const options = trainOptionsSchema.parse({
    name: nameOf(flags),
    size: flags.size,
    tokenizer: flags.tokenizer,
    minutes: flags.minutes,
    max_steps: flags.maxSteps,
    seed: flags.seed,
    entity_fields: flags.entity,
    entity_normalise: flags.entityNormalise,
    entity_pattern: flags.entityPattern,
    sessions: flags.sessions,
    time_field: flags.timeField,
    exclude_fields: flags.exclude,
    fields: flags.fields.length > 0 ? flags.fields : undefined,
    device: flags.device,
    pseudonymised: pseudonymiser && { fields: pseudonymiser.fields, scheme: pseudonymiser.pseudonyms.scheme },
    privacy: privacyOf(flags),
  });
  const keep = [...flags.entity, ...(flags.timeField === undefined ? [] : [flags.timeField])];
  const logs = flags.logs ? logFilesReader(flags.logs, { unwrap: flags.unwrap, keep }) : indexReader(clientFromEnvironment(), flags.index!, signal);
  const dataset = pseudonymiser ? underPseudonyms(logs, pseudonymiser) : logs;
  const card = await makeModel(flags, (into) => trainModel({ ...into, dataset, options, signal }));

  if (flags.json) {
    const { id, events, skipped, tokens, loss: losses, training, parameters, vocabulary, time_range } = card;
    const result = { model: folder, id, events, skipped, tokens, loss: losses, training, parameters, vocabulary, entities: card.entities.length, log_types: card.log_types, time_range };
    await new Output(() => undefined).line(result);
    return;
  }
  process.stderr.write(
    `Model ${folder}: ${card.events.train} events learned, ${card.events.heldout} held out, ${card.tokens.per_event.toFixed(1)} tokens per event, ` +
      `held-out ${card.loss.heldout_bits_per_event.toFixed(1)} bits per event, ${card.training.steps} steps in ${card.training.seconds.toFixed(0)} s.\n`
  );
  if (card.privacy) process.stderr.write(`Differentially private: ${spentText(card.privacy)} Values and names in the codec are not covered.\n`);
  if (Object.keys(card.skipped).length > 0) process.stderr.write(`Set aside: ${JSON.stringify(card.skipped)}\n`);
}
