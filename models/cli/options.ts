import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEVICES } from '../../common';

export const number = (min: number, max: number, whole = false) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    throw new InvalidArgumentError(`Expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`);
  }
  return value;
};
export const several = (flags: string, description: string, byDefault: string) =>
  new Option(flags, description).argParser((text: string, before: string[]) => [...before, text]).default([], byDefault);

export const seed = () => new Option('--seed <n>', 'the same seed gives the same result').argParser(number(0, 2 ** 31 - 1, true)).default(1);
export const device = () => new Option('--device <device>', 'where the model runs').choices(DEVICES).default('cpu');
export const logs = () => new Option('--logs <file...>', 'NDJSON or plain text, gzipped or not');
export const unwrap = () => new Option('--unwrap <member>', 'the log is this member of each line');
export const keyFile = () => new Option('--key-file <file>', 'key of a model trained with --pseudonymise: it is given the logs under its pseudonyms');
export const pseudonymised = (description = "the logs carry the model's pseudonyms already") => new Option('--pseudonymised', description);
export const json = () => new Option('--json', 'one machine-readable result instead of progress');

/** What a command that makes a model from another begins with: the base, the logs, and where the new one goes. */
export const fromBase = (command: Command): Command =>
  command
    .requiredOption('--model <folder>', 'base: folder of the trained model')
    .addOption(logs())
    .option('--index <pattern>', 'index pattern; Elasticsearch is named as for train')
    .addOption(unwrap())
    .addOption(keyFile())
    .addOption(pseudonymised())
    .requiredOption('--out <folder>', 'model folder to write')
    .option('--name <name>', "name on the model card (default: the folder's)");
