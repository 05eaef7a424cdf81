import type { z } from 'zod';
import { generateOptionsSchema, LyrebirdError, type conditionSchema, type GenerateOptions, type LogHit } from '../../common';
import { readLogFiles } from '../dataset';
import { OmittedCount } from '../generate';
import { loadModel } from '../pipeline';
import { EventFile } from './event_file';
import { UsageError } from './exit_codes';
import { inWordsOf } from './names';
import { LineFile, Output } from './output';
import { startProgress } from './progress';
import { pseudonymiserFor, type PseudonymFlags } from './pseudonym_key';

export interface GenerateFlags extends PseudonymFlags {
  model: string;
  cascade?: string;
  count?: number;
  entity: string[];
  newEntities: number;
  like: string[];
  logType: string[];
  technique?: string;
  into?: string;
  at?: string;
  variants: number;
  where: Record<string, Condition>;
  outcome?: string;
  hours?: { from: string; to: string };
  weekdays: number[];
  utcOffset: number;
  from?: string;
  to?: string;
  continue?: string;
  out?: string;
  resume?: boolean;
  labels?: string;
  temperature: number;
  topP: number;
  memorisationGuard: boolean;
  seed: number;
  device: 'cpu' | 'cuda' | 'webgpu';
  json?: boolean;
}

type Condition = z.input<typeof conditionSchema>;

/** Most events that `--continue` reads: the newest of the file. */
const CONTEXT_EVENTS = 20_000;

async function optionsOf(flags: GenerateFlags): Promise<GenerateOptions> {
  if (flags.count === undefined && flags.to === undefined && flags.into === undefined) throw new UsageError('--count or --to says how much to write');
  const hours = flags.hours !== undefined || flags.weekdays.length > 0 ? { ...flags.hours, weekdays: flags.weekdays, utc_offset: flags.utcOffset } : undefined;
  const parsed = generateOptionsSchema.safeParse({
    count: flags.count,
    entities: flags.entity,
    new_entities: flags.newEntities,
    like: flags.like,
    log_types: flags.logType,
    technique: flags.technique,
    into: flags.into,
    at: isoTime('at', flags.at),
    variants: flags.variants,
    where: { ...flags.where, ...(flags.outcome !== undefined && { 'event.outcome': flags.outcome }) },
    hours,
    from: isoTime('from', flags.from),
    to: isoTime('to', flags.to),
    context: flags.continue === undefined ? [] : await readContext(flags.continue),
    temperature: flags.temperature,
    top_p: flags.topP,
    memorisation_guard: flags.memorisationGuard,
    seed: flags.seed,
  });
  if (!parsed.success) throw new UsageError(parsed.error.issues.map((issue) => `--${issue.path.join('.').replaceAll('_', '-')}: ${issue.message}`).join('; '));
  return parsed.data;
}

async function readContext(file: string): Promise<LogHit[]> {
  const hits: LogHit[] = [];
  for await (const hit of readLogFiles([file])) {
    hits.push(hit);
    if (hits.length > 2 * CONTEXT_EVENTS) hits.splice(0, hits.length - CONTEXT_EVENTS);
  }
  if (hits.length === 0) throw new LyrebirdError('LYREBIRD_NO_EVENTS', `There is no event in ${file} to go on from.`, 'Give a file of NDJSON, an event a line.');
  return hits.slice(-CONTEXT_EVENTS);
}

export async function generate(flags: GenerateFlags, signal: AbortSignal): Promise<void> {
  const asked = await optionsOf(flags);
  if (flags.resume && flags.out === undefined) throw new UsageError('--resume goes on with a file: name it with --out');
  const file = flags.out === undefined ? undefined : EventFile.open(flags.out, flags.resume);
  const began = Date.now();
  const model = await loadModel(flags.model, { device: flags.device });
  const first = flags.cascade === undefined ? undefined : await loadModel(flags.cascade, { device: flags.device });
  const reader = new AbortController();
  const output = new Output(() => reader.abort());
  const progress = startProgress(flags.json ?? false);
  const labels = flags.labels === undefined ? undefined : new LineFile(flags.labels);
  let generated = 0;
  const omitted = new OmittedCount();
  try {
    const options = await inWordsOf(model.card, asked, flags);
    // Both are asked in the same words.
    if (first && flags.keyFile !== undefined) await pseudonymiserFor(first.card, flags);
    const control = { signal: AbortSignal.any([signal, reader.signal]), onOmitted: omitted.onOmitted };
    const events = first ? model.completeLines(first, options, control) : model.generateLines(options, control);
    const window = options.to === undefined ? undefined : { to: Date.parse(options.to), from: Date.parse(options.from ?? model.card.time_range.to) };
    for await (const event of events) {
      await (file ? file.line(event.json) : output.text(event.json));
      if (output.isClosed) break;
      const { seq, entity, technique, variant } = event;
      await labels?.line({ seq, entity, ...(technique && { technique }), ...(variant && { variant }), timestamp: event.timestamp });
      generated += 1;
      const seconds = (Date.now() - began) / 1000;
      const done = flags.count === undefined && window ? (Date.parse(event.timestamp) - window.from) / (window.to - window.from) : generated / options.count;
      progress.update(Math.min(1, done), `generate, ${generated} events`, (seconds / Math.max(done, 1e-9)) * (1 - done));
    }
    await file?.end();
  } catch (error) {
    await file?.abandon();
    if (!output.isClosed) throw error;
  } finally {
    progress.stop();
    await labels?.end();
    await model.dispose();
    await first?.dispose();
  }
  const seconds = (Date.now() - began) / 1000;
  const summary = omitted.summary(first !== undefined);
  const { malformed, copies, misnamed, unfit = 0 } = summary;
  if (flags.json) process.stderr.write(`${JSON.stringify({ generated, ...(file && { kept: file.kept }), ...summary, seconds })}\n`);
  else if (copies.redrawn > 0) {
    process.stderr.write(`Drawn anew: ${copies.redrawn} events that repeated a rare event of the training data${copies.given_up > 0 ? `; ${copies.given_up} were left out in the end` : ''}.\n`);
  }
  if (!flags.json && misnamed > 0) process.stderr.write(`Left out: ${misnamed} events that would have been read as another entity's.\n`);
  if (!flags.json && unfit > 0) {
    process.stderr.write(`Left out: ${unfit} events of ${flags.cascade}, of ${generated + unfit}, that ${flags.model} could not complete: it knows nobody who does what they say.\n`);
  }
  if (!flags.json && malformed > 0) {
    const share = (100 * malformed) / (generated + malformed);
    process.stderr.write(`Left out: ${malformed} texts that are no event, ${share.toFixed(1)} % of what was written (only --tokenizer bpe and char write such).\n`);
  }
}

function isoTime(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new UsageError(`--${flag} ${text} is not an ISO 8601 time, such as 2026-01-31T08:00:00Z`);
  return new Date(time).toISOString();
}
