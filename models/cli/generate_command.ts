import { Option, type Command } from 'commander';
import { hours, utcOffset, weekdays, where } from './conditions';
import { generate, type GenerateFlags } from './generate';
import { device, json, number, pseudonymised, seed, several } from './options';

export function addGenerate(lyrebird: Command, signal: AbortSignal): void {
  lyrebird
    .command('generate')
    .description("Write synthetic events to standard output or a file, NDJSON in the documents' own shape")
    .requiredOption('--model <folder>', 'model folder')
    .option('--cascade <folder>', 'model of chosen fields (train --fields) that writes these, the times and the log types; --model writes the rest of each event')
    .option('--count <n>', 'events to write; with --to alone, as many as each entity writes until then', number(1, 10_000_000, true))
    .addOption(several('--entity <value>', 'entity to write as; repeatable', 'all, as often as learned'))
    .option('--new-entities <n>', 'entities that never were: fresh identities with the habits of known ones', number(0, 100_000, true), 0)
    .addOption(several('--like <entity>', 'whose habits new entities have; repeatable', 'any'))
    .addOption(several('--log-type <type>', 'log type to write; repeatable', 'all'))
    .option('--technique <id>', 'MITRE ATT&CK technique, such as T1078.004')
    .option('--into <entity>', "write the technique's attack into this entity's stream, with normal events around")
    .option('--at <time>', 'when that attack begins, ISO 8601 (default: four hours after --from)')
    .option('--variants <n>', 'attacks to write, each into a stream of its own', number(1, 100_000, true), 1)
    .addOption(
      new Option('--where <condition>', 'what every event must have: FIELD=VALUE, FIELD=VALUE,VALUE or FIELD>=BOUND (>, <=, <); repeatable').argParser(where).default({}, 'none')
    )
    .option('--outcome <value>', 'the same as --where event.outcome=<value>')
    .addOption(new Option('--hours <from-to>', 'only at these hours, such as 08:00-18:00').argParser(hours))
    .addOption(new Option('--weekdays <days>', 'only on these days, such as mon,tue,fri').argParser(weekdays).default([], 'all'))
    .addOption(new Option('--utc-offset <offset>', 'of the clock that --hours are read from, such as +02:00').argParser(utcOffset).default(0, 'UTC'))
    .option('--from <time>', 'start of the period, ISO 8601 (default: the end of the training data)')
    .option('--to <time>', 'end of the period, ISO 8601')
    .option('--continue <file>', 'go on from these real events, NDJSON: what comes next?')
    .option('--key-file <file>', 'key of a model trained with --pseudonymise: names in --entity, --like, --into, --where and --continue go to it as its pseudonyms; what it writes has pseudonyms')
    .addOption(pseudonymised('what these options name, and the events of --continue, are pseudonyms of the model already'))
    .option('--out <file>', 'write the events to this file instead of standard output')
    .option('--resume', 'go on with the interrupted run in --out, with the same options: the events that are there are written anew in memory, compared, and kept')
    .option('--labels <file>', 'write entity, technique and variant of each event aside, as NDJSON')
    .option('--temperature <t>', 'below 1 more usual, above 1 more varied', number(0.05, 5), 1)
    .option('--top-p <p>', 'draw from the likeliest values that make up this probability', number(0.001, 1), 1)
    .option('--no-memorisation-guard', 'write events that repeat a rare event of the training data, too (default: draw them anew)')
    .addOption(seed())
    .addOption(device())
    .addOption(json())
    .addHelpText(
      'after',
      '\nExamples:\n  lyrebird generate --model m --from 2026-03-02T00:00Z --to 2026-03-03T00:00Z         a day of the whole organisation' +
        '\n  lyrebird generate --model m --count 50 --where source.geo.country_iso_code=DE,FR --hours 22:00-06:00' +
        '\n  lyrebird generate --model m --technique T1098.001 --into jdoe --at 2026-03-02T10:00Z --variants 5 --labels labels.ndjson' +
        '\n  lyrebird generate --model m --count 20 --continue recent.ndjson'
    )
    .action((flags: GenerateFlags) => generate(flags, signal));
}
