import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DEVICES, MODEL_SIZES, TOKENIZERS } from '../../common';
import { version } from '../../package.json';
import { runNode } from '../node';
import { EXIT, reportFailure } from './exit_codes';
import { generate, type GenerateFlags } from './generate';
import { score, type ScoreFlags } from './score';
import { train, type TrainFlags } from './train';

const number = (min: number, max: number, whole = false) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new InvalidArgumentError(`Expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`);
  }
  return value;
};
const several = (flags: string, description: string, byDefault: string) =>
  new Option(flags, description).argParser((text: string, before: string[]) => [...before, text]).default([], byDefault);

/** `FIELD=VALUE`; a value that is a JSON number, boolean, null or string is taken as that, anything else as text. */
function where(text: string, before: GenerateFlags['where']): GenerateFlags['where'] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected FIELD=VALUE.');
  let value: GenerateFlags['where'][string] = text.slice(at + 1);
  try {
    const parsed: unknown = JSON.parse(value);
    if (parsed === null || ['string', 'number', 'boolean'].includes(typeof parsed)) value = parsed as typeof value;
  } catch {
    // Plain text.
  }
  return { ...before, [text.slice(0, at)]: value };
}

const seed = () => new Option('--seed <n>', 'the same seed gives the same result').argParser(number(0, 2 ** 31 - 1, true)).default(1);
const device = () => new Option('--device <device>', 'where the model runs').choices(DEVICES).default('cpu');
const logs = () => new Option('--logs <file...>', 'NDJSON or plain text, gzipped or not');
const unwrap = () => new Option('--unwrap <member>', 'the log is this member of each line');
const json = () => new Option('--json', 'one machine-readable result instead of progress');

function program(signal: AbortSignal): Command {
  const lyrebird = new Command('lyrebird')
    .description("Learns an organisation's own logs; writes more like them, and finds those that do not belong.")
    .version(version)
    .addHelpText('after', '\nExit codes: 0 done; 1 failed; 2 wrong usage; 3 bad input or no events; 130 cancelled (Ctrl-C)');

  lyrebird
    .command('train')
    .description('Learn a model from log files or an index')
    .addOption(logs())
    .option('--index <pattern>', 'index pattern; Elasticsearch is named by ELASTICSEARCH_URL (and ELASTICSEARCH_API_KEY, or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD)')
    .addOption(several('--entity <field>', 'field that names the entity; repeated, the first that an event has counts', 'found'))
    .option('--no-entity-normalise', 'jdoe@example.com, EXAMPLE\\jdoe and jdoe are three entities (default: one)')
    .option('--time-field <field>', 'field with the time of the event (default: found)')
    .addOption(several('--exclude <field>', 'field to leave out; repeatable', 'none'))
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

  lyrebird
    .command('generate')
    .description("Write synthetic events to standard output, NDJSON in the documents' own shape")
    .requiredOption('--model <folder>', 'model folder')
    .requiredOption('--count <n>', 'events to write', number(1, 10_000_000, true))
    .addOption(several('--entity <value>', 'entity to write as; repeatable', 'all, as often as learned'))
    .addOption(several('--log-type <type>', 'log type to write; repeatable', 'all'))
    .option('--technique <id>', 'MITRE ATT&CK technique, such as T1078.004')
    .addOption(new Option('--where <field=value>', 'value that every event must have; repeatable').argParser(where).default({}, 'none'))
    .option('--from <time>', 'start of the period, ISO 8601 (default: the end of the training data)')
    .option('--temperature <t>', 'below 1 more usual, above 1 more varied', number(0.05, 5), 1)
    .option('--top-p <p>', 'draw from the likeliest values that make up this probability', number(0.001, 1), 1)
    .addOption(seed())
    .addOption(device())
    .addOption(json())
    .action((flags: GenerateFlags) => generate(flags, signal));

  lyrebird
    .command('score')
    .description('Score log files: NDJSON of id, timestamp, entity, score, surprisal, top_fields on standard output, in time order')
    .requiredOption('--model <folder>', 'model folder')
    .addOption(logs().makeOptionMandatory())
    .addOption(several('--id-field <field>', 'field that identifies the event; repeated, the first that an event has counts', "the document's own id"))
    .addOption(unwrap())
    .option('--top-fields <n>', 'fields explained per event', number(0, 50, true), 5)
    .addOption(device())
    .addOption(json())
    .addHelpText('after', '\nEvents are put in time order within a window of 100,000; those later than that are scored as they come, and counted.')
    .action((flags: ScoreFlags) => score(flags, signal));

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
