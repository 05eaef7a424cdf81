import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { LyrebirdError, MODEL_SIZES } from '../../common';
import { clusterOf } from '../../common/cluster';
import type { ElasticsearchOptions } from '../host';

export type ModelSize = (typeof MODEL_SIZES)[number];

export interface StartSettings {
  once: boolean;
  /** Log files of the person's own; empty: the sample organisation. */
  logs: string[];
  entity: string[];
  idField?: string;
  unwrap?: string;
  timeField?: string;
  port: number;
  minutes: number;
  size: ModelSize;
  users: number;
  days: number;
  seed: number;
  /** Synthetic events to write. */
  generate: number;
  fresh: boolean;
  /** Folder that everything is kept in. */
  data: string;
  /** A model node that runs elsewhere; undefined: one of its own. */
  node?: RemoteNode;
  /** A cluster that is there already; undefined: the embedded Elasticsearch. */
  elasticsearch?: ElasticsearchOptions;
}

export interface RemoteNode {
  url: string;
  tokenFile?: string;
  caFile?: string;
}

const number = (check: (value: number) => boolean, expected: string) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !check(value)) throw new InvalidArgumentError(`expected ${expected}.`);
  return value;
};
const positiveInteger = number((value) => Number.isInteger(value) && value > 0, 'a whole number above 0');
const append = (value: string, before: string[]) => [...before, value];

/** Reads the command line and the environment; `--help` and wrong options end the process as commander does. */
export function parseSettings(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): StartSettings {
  const program = new Command('npm start --')
    .description('Learns logs, writes synthetic ones, scores the newest, and serves the app.')
    .option('--once', 'do it once, print one JSON summary on standard output and end', false)
    .option('--logs <file...>', 'NDJSON or plain-text logs, gzipped or not, instead of the sample organisation', [])
    .option('--entity <field>', 'field that names whose event it is; may be repeated, the first that an event has counts', append, [])
    .option('--id-field <field>', 'field whose value is the event\'s id; default: made from the line')
    .option('--unwrap <member>', 'the event is this member of each line')
    .option('--time-field <field>', 'field of the event\'s time; numbers are seconds or milliseconds since 1970')
    .option('--port <number>', 'port of the app on 127.0.0.1', number((value) => Number.isInteger(value) && value >= 0 && value < 65_536, 'a port, 0 to 65535'), 5601)
    .option('--minutes <number>', 'training time', number((value) => value > 0 && value <= 10_080, 'a number of minutes above 0'), 2.5)
    .addOption(new Option('--size <name>', 'size of the model').choices([...MODEL_SIZES]).default('small'))
    .option('--generate <number>', 'synthetic events to write', positiveInteger, 1000)
    .option('--users <number>', 'users of the sample organisation', positiveInteger, 80)
    .option('--days <number>', 'days of the sample organisation', positiveInteger, 30)
    .option('--seed <number>', 'seed of sample, training and generation', number((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 31, 'a whole number, 0 to 2147483647'), 1)
    .option('--fresh', 'forget what earlier starts did', false)
    .option('--data <folder>', 'where everything is kept', path.resolve(__dirname, '../../.lyrebird'))
    .allowExcessArguments(false)
    .addHelpText('after', '\nELASTICSEARCH_URL names a cluster that is there already, with ELASTICSEARCH_API_KEY or ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD,\nand ELASTICSEARCH_CA_FILE (PEM) when a private authority signed its certificate.' +
        '\nLYREBIRD_NODE_URL names a model node that runs elsewhere, with LYREBIRD_NODE_TOKEN_FILE and LYREBIRD_NODE_CA_FILE.')
    .parse(argv, { from: 'user' });
  const settings = program.opts<Omit<StartSettings, 'elasticsearch' | 'node'>>();
  if (settings.logs.length === 0 && (settings.unwrap || settings.timeField || settings.idField)) {
    program.error('error: --unwrap, --time-field and --id-field describe your own logs: give them with --logs.');
  }
  return { ...settings, data: path.resolve(settings.data), elasticsearch: clusterOf(env), node: nodeOf(env) };
}

/** @throws LyrebirdError LYREBIRD_BAD_REQUEST for an address that is none. */
function nodeOf({ LYREBIRD_NODE_URL: url, LYREBIRD_NODE_TOKEN_FILE: tokenFile, LYREBIRD_NODE_CA_FILE: caFile }: NodeJS.ProcessEnv): RemoteNode | undefined {
  if (!url) return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `LYREBIRD_NODE_URL is "${url}", expected an http or https address.`, 'For example LYREBIRD_NODE_URL=https://models.example.com:9280.');
  }
  return { url, ...(tokenFile ? { tokenFile: path.resolve(tokenFile) } : {}), ...(caFile ? { caFile: path.resolve(caFile) } : {}) };
}
