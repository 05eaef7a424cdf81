import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { entityPattern, MODEL_SIZES, TOKENIZERS, techniqueSchema } from '../../common';
import { version } from '../../package.json';
import { runNode } from '../node';
import { addAugment } from './augment';
import { addEvaluate } from './evaluate';
import { EXIT, reportFailure } from './exit_codes';
import { finetune, type FinetuneFlags } from './finetune';
import { addGenerate } from './generate_command';
import { device, fromBase, json, keyFile, logs, number, pseudonymised, seed, several, unwrap } from './options';
import { addPseudonymise } from './pseudonymise';
import { withPrivacy } from './privacy_options';
import { score, type ScoreFlags } from './score';
import { scoreSessions } from './score_sessions';
import { train, type TrainFlags } from './train';

function technique(text: string): string {
  const parsed = techniqueSchema.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('Expected a MITRE ATT&CK id such as T1078 or T1078.004.');
  return parsed.data;
}

function pattern(text: string): string {
  try {
    entityPattern(text);
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`);
  }
  return text;
}

function program(signal: AbortSignal): Command {
  const lyrebird = new Command('lyrebird')
    .description("Learns an organisation's own logs; writes more like them, and finds those that do not belong.")
    .version(version)
    .addHelpText('after', '\nExit codes: 0 done; 1 failed; 2 wrong usage; 3 bad input or no events; 130 cancelled (Ctrl-C)');

  withPrivacy(lyrebird.command('train'))
    .description('Learn a model from log files or an index')
    .addOption(logs())
    .option('--index <pattern>', 'index pattern; Elasticsearch is named by ELASTICSEARCH_URL (and ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD; ELASTICSEARCH_CA_FILE)')
    .addOption(several('--entity <field>', 'field that names the entity; repeated, the first that an event has counts', 'found'))
    .option('--entity-pattern <regex>', "the entity is what this finds in the entity field, or in the event's text (message) where none is named: 'blk_-?\\d+'", pattern)
    .option('--sessions', 'entities are sessions (requests, blocks, jobs): each begins and ends, a new one is no news, and whole ones can be scored')
    .option('--no-entity-normalise', 'jdoe@example.com, EXAMPLE\\jdoe and jdoe are three entities (default: one)')
    .option('--time-field <field>', 'field with the time of the event (default: found)')
    .addOption(several('--exclude <field>', 'field to leave out; repeatable', 'none'))
    .addOption(
      new Option('--fields <field,…>', 'learn these alone (source.geo.* stands for all below), beside time, entity and log type: the first model of a cascade; repeatable')
        .argParser((text: string, before: string[]) => [...before, ...text.split(',').map((field) => field.trim()).filter((field) => field !== '')])
        .default([], 'all')
    )
    .option('--pseudonymise <field...>', 'fields with identifiers: these, and their mentions anywhere, are learned as pseudonyms')
    .option('--key-file <file>', 'with --pseudonymise: file with the key, 32 bytes, hexadecimal or base64')
    .addOption(unwrap())
    .requiredOption('--out <folder>', 'model folder to write')
    .option('--name <name>', 'name on the model card (default: the folder\'s)')
    .addOption(new Option('--size <size>', 'size of the model').choices(MODEL_SIZES).default('small'))
    .option('--minutes <n>', 'time for training (default: 3)', number(0.01, 7 * 24 * 60))
    .option('--max-steps <n>', 'end training after so many steps, if the time has not ended it', number(1, 1e9, true))
    .addOption(new Option('--tokenizer <kind>', 'field: the learned event codec; bpe and char: text').choices(TOKENIZERS).default('field'))
    .addOption(seed())
    .addOption(device())
    .option('--resume', 'go on with the interrupted training in --out, with the same options')
    .addOption(json())
    .action((flags: TrainFlags) => train(flags, signal));

  withPrivacy(fromBase(lyrebird.command('finetune')))
    .description('Teach a trained model more: attacks labelled with threat.technique.*, or events of another time or place. The model itself stays as it is')
    .option('--lora <rank>', 'train low-rank adapters of this rank and store them alone; they need the base to be loaded (default: train all weights)', number(1, 256, true))
    .addOption(new Option('--technique <id>', 'learn the events of this technique only; repeatable').argParser((text: string, before: string[]) => [...before, technique(text)]).default([], 'all labelled ones'))
    .addOption(new Option('--label <id>', 'technique of the events that carry no label').argParser(technique))
    .option('--replay <share>', 'share of normal events in training, so that the model forgets nothing (default: 0.5)', number(0, 0.9))
    .option('--minutes <n>', 'time for training (default: 3); it ends earlier when held-out events gain no more', number(0.01, 7 * 24 * 60))
    .option('--max-steps <n>', 'end training after so many steps, if nothing has ended it', number(1, 1e9, true))
    .addOption(seed())
    .addOption(device())
    .option('--resume', 'go on with the interrupted fine-tuning in --out, with the same options')
    .addOption(json())
    .action((flags: FinetuneFlags) => finetune(flags, signal));

  addAugment(lyrebird, signal);
  addGenerate(lyrebird, signal);

  lyrebird
    .command('score')
    .description('Score log files: NDJSON of id, timestamp, entity, score, surprisal, top_fields on standard output, in time order')
    .requiredOption('--model <folder>', 'model folder')
    .addOption(logs().makeOptionMandatory())
    .addOption(several('--id-field <field>', 'field that identifies the event; repeated, the first that an event has counts', "the document's own id"))
    .addOption(unwrap())
    .addOption(keyFile())
    .addOption(pseudonymised())
    .option('--top-fields <n>', 'fields explained per event', number(0, 50, true), 5)
    .option('--sessions', 'a line a session instead (of a model trained with --sessions): session, from, to, events, score, surprisal, statistics, top_events; each is taken to end with the logs')
    .option('--top-events <n>', 'with --sessions: events explained per session', number(0, 50, true), 3)
    .addOption(device())
    .addOption(json())
    .addHelpText('after', '\nEvents are put in time order within a window of 100,000; those later than that are scored as they come, and counted.')
    .action((flags: ScoreFlags) => (flags.sessions ? scoreSessions : score)(flags, signal));

  addEvaluate(lyrebird, signal);
  addPseudonymise(lyrebird, signal);
  runNode(lyrebird.command('node'));
  return lyrebird;
}

async function main(): Promise<void> {
  const abort = new AbortController();
  const lyrebird = program(abort.signal);
  // The first Ctrl-C lets training write its checkpoint; the second ends at once. The node has handlers of its own.
  if (process.argv[2] !== 'node') {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (abort.signal.aborted) process.exit(EXIT.cancelled);
        process.stderr.write('\nstopping; once more to stop at once\n');
        abort.abort();
      });
    }
  }
  for (const command of [lyrebird, ...lyrebird.commands]) command.exitOverride();
  try {
    await lyrebird.parseAsync();
  } catch (thrown) {
    if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else process.exitCode = reportFailure(thrown, process.argv.includes('--json'));
    // Whatever a failure left running (worker threads, sockets) has nothing more to say.
    if (process.exitCode !== EXIT.ok) process.exit();
  }
}

void main();
