import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { Command } from 'commander';
import { LyrebirdError, type LogEvent } from '../../common';
import { EventPseudonymiser, suggestIdentifiers } from '../../common/pseudonyms';
import { splitLines } from '../dataset';
import { UsageError } from './exit_codes';
import { several } from './options';
import { Output } from './output';
import { pseudonymsOf } from './pseudonym_key';

/** Events looked at for a suggestion, spread evenly over the first MAX_LOOKED_AT. */
const SAMPLE = 500;
const MAX_LOOKED_AT = 100_000;

interface PseudonymiseFlags {
  keyFile?: string;
  fields?: string[];
  suggest?: boolean;
  reveal?: boolean;
  keptWord: string[];
  publicDomain: string[];
}

export function addPseudonymise(lyrebird: Command, signal: AbortSignal): void {
  lyrebird
    .command('pseudonymise')
    .description('Replace identifiers in logs by pseudonyms of the same format, from standard input to standard output (NDJSON, documents or search hits)')
    .option('--key-file <file>', 'file with the key: 32 bytes, hexadecimal or base64')
    .option('--fields <field...>', 'fields that hold identifiers; what they hold is replaced wherever else it is mentioned, too')
    .option('--suggest', 'list the fields that seem to hold identifiers, as NDJSON, instead')
    .option('--reveal', 'the way back: logs that were pseudonymised with the same key and fields')
    .addOption(several('--kept-word <word>', 'word that gets no pseudonym; repeatable', 'accounts that every system has'))
    .addOption(several('--public-domain <domain>', 'domain that gets no pseudonym; repeatable', 'public mail and cloud domains'))
    .addHelpText('after', '\nThe logs are read twice, so standard input is kept in a compressed temporary file meanwhile, readable by you alone.')
    .action((flags: PseudonymiseFlags) => pseudonymise(flags, signal));
}

async function pseudonymise(flags: PseudonymiseFlags, signal: AbortSignal): Promise<void> {
  const output = new Output(() => undefined);
  if (flags.suggest) return suggest(output);
  if (flags.keyFile === undefined || !flags.fields?.length) throw new UsageError('name the key (--key-file FILE) and the fields (--fields FIELD…), or ask for suggestions (--suggest)');
  const options = { keptWords: flags.keptWord, ...(flags.publicDomain.length > 0 && { publicDomains: flags.publicDomain }) };
  const pseudonymiser = new EventPseudonymiser(await pseudonymsOf(flags.keyFile, options), flags.fields);
  const folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-'));
  const copy = path.join(folder, 'logs.gz');
  try {
    await pipeline(process.stdin, createGzip({ level: 1 }), createWriteStream(copy, { mode: 0o600 }), { signal });
    const read = () => linesOf(createReadStream(copy).pipe(createGunzip()), signal);
    for await (const { event } of read()) {
      if (event === undefined) continue;
      if (flags.reveal) pseudonymiser.collectPseudonyms(event);
      else pseudonymiser.collect(event);
    }
    for await (const line of read()) {
      await output.text(rewritten(line, pseudonymiser, flags.reveal ?? false));
      if (output.isClosed) return;
    }
  } catch (error) {
    if (signal.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'Pseudonymising was cancelled.', 'Start it again.', { cause: error });
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function suggest(output: Output): Promise<void> {
  const events: LogEvent[] = [];
  for await (const { event } of linesOf(process.stdin)) {
    if (event !== undefined) events.push(event);
    if (events.length >= MAX_LOOKED_AT) break;
  }
  const step = Math.max(1, events.length / SAMPLE);
  const sample = Array.from({ length: Math.min(SAMPLE, events.length) }, (_, i) => events[Math.floor(i * step)]);
  if (sample.length === 0) throw new LyrebirdError('LYREBIRD_NO_EVENTS', 'Standard input has no events.', 'Give NDJSON, an event a line.');
  for (const found of suggestIdentifiers(sample)) await output.line(found);
}

interface Line {
  text: string;
  /** The document, where the line holds one. */
  event?: LogEvent;
  /** The search hit around it. */
  hit?: LogEvent;
}

async function* linesOf(bytes: AsyncIterable<Buffer>, signal?: AbortSignal): AsyncGenerator<Line> {
  for await (const batch of splitLines(bytes)) {
    signal?.throwIfAborted();
    for (const line of batch) {
      if (line === null) throw new LyrebirdError('LYREBIRD_TOO_LARGE', 'A line is longer than 16 MiB.', 'Leave such lines out first: an unread line could hold identifiers.');
      yield lineOf(line.toString('utf8'));
    }
  }
}

function lineOf(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { text };
  }
  if (!isObject(value)) return { text };
  return isObject(value._source) ? { text, event: value._source, hit: value } : { text, event: value };
}

const isObject = (value: unknown): value is LogEvent => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A line that is no event is a text like any other: its mentions are replaced. */
function rewritten({ text, event, hit }: Line, pseudonymiser: EventPseudonymiser, reveal: boolean): string {
  if (event === undefined) return reveal ? pseudonymiser.revealValue('', text) : pseudonymiser.value('', text);
  const written = reveal ? pseudonymiser.reveal(event) : pseudonymiser.apply(event);
  if (hit === undefined) return JSON.stringify(written);
  // A document's id may name somebody.
  const { _id, ...rest } = hit;
  const id = typeof _id !== 'string' ? {} : { _id: reveal ? pseudonymiser.revealValue('', _id) : pseudonymiser.value('', _id) };
  return JSON.stringify({ ...id, ...rest, _source: written });
}
