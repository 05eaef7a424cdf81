import { LyrebirdError, matchesPath, type GenerateOptions, type LogEvent } from '../../common';
import type { GivenEvent, StreamPlan, WrittenEvent } from './entity_writer';
import { generateLines, lineOf, omittedOf, omittedTeller, type GenerateControl, type GeneratedLine, type GeneratorOptions } from './generator';
import { groupStreams, openGroup } from './groups';
import { planRun } from './plan_run';
import { SessionPool } from './session_pool';

/** Events of the first model that the second completes at once: some for each row of a batch. */
const BATCH = 4096;

/**
 * Two models in a row: the first, which has learned chosen fields alone (`fields` of its training), writes each entity's stream of times, log
 * types and these fields; the second writes the rest of each event around them. Events that the second cannot complete are left out and
 * counted (`unfit`). Conditions on fields that the first does not know are the second's.
 *
 * @throws as `generateLines`; LYREBIRD_UNSUPPORTED when the first model has not learned chosen fields, or a tokeniser has no fields;
 *   LYREBIRD_BAD_REQUEST for new entities, whom two models would make differently
 */
export async function* cascadeLines(first: GeneratorOptions, second: GeneratorOptions, options: GenerateOptions, control: GenerateControl = {}): AsyncGenerator<GeneratedLine> {
  const fields = chosenFields(first, second, options);
  const { firsts, seconds } = shareOptions(first, options);
  const { streams, apart } = planRun(second, seconds);
  const plans = streams.map((plan): StreamPlan & { given: GivenEvent[] } => ({ ...plan, attack: undefined, given: [], from: -Infinity, to: Infinity }));
  const byName = new Map(plans.map((plan) => [keyOf(plan.name, plan.variant), plan]));
  const pool = new SessionPool(second.createSession);
  const groups = groupStreams(plans, second.card, apart).map((places) => openGroup(second, seconds, plans, places, pool));
  const settles = (path: string): boolean => path !== second.fields.timeField && fields.some((field) => matchesPath(path, field));
  const { tell, tellRest } = omittedTeller(control);
  let seq = 0;

  async function* complete(lines: readonly GeneratedLine[]): AsyncGenerator<GeneratedLine> {
    for (const { seq: place, entity, variant, log_type, technique, timestamp, json } of lines) {
      const plan = byName.get(keyOf(entity, variant));
      if (!plan) throw new LyrebirdError('LYREBIRD_CONFLICT', `The first model writes as "${entity}", whom the second does not know.`, 'Train both on the same logs.');
      plan.given.push({ seq: place, time: Date.parse(timestamp), logType: log_type, technique, event: JSON.parse(json) as LogEvent, settles });
    }
    const written: WrittenEvent[] = [];
    for (const group of groups) {
      group.goOn();
      while (group.safeTime < Infinity) {
        if (control.signal?.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'Generation was cancelled.', 'Start it again; events already written are kept.');
        await group.advance();
      }
      written.push(...group.take(Infinity));
    }
    for (const event of written.sort((a, b) => a.seq! - b.seq!)) {
      tell(event.omitted);
      yield lineOf(event, plans[event.stream], seq++);
    }
  }

  try {
    let batch: GeneratedLine[] = [];
    for await (const line of generateLines(first, firsts, control)) {
      if (batch.push(line) < BATCH) continue;
      yield* complete(batch);
      batch = [];
    }
    yield* complete(batch);
    tellRest(omittedOf(groups));
  } finally {
    await pool.dispose();
  }
}

const keyOf = (name: string, variant: number | undefined): string => `${variant ?? ''} ${name}`;

function chosenFields(first: GeneratorOptions, second: GeneratorOptions, options: GenerateOptions): readonly string[] {
  const { onlyFields } = first.fields;
  if (onlyFields === undefined) {
    throw new LyrebirdError('LYREBIRD_UNSUPPORTED', `The model "${first.card.name}" has learned all fields: there is no rest for a second model to write.`, 'Train the first model on chosen fields (fields, or --fields on the command line).');
  }
  if (first.codec.kind !== 'field' || second.codec.kind !== 'field') {
    throw new LyrebirdError('LYREBIRD_UNSUPPORTED', 'One model can only settle fields for another where both write fields.', 'Train both with the tokeniser "field".');
  }
  if (options.new_entities > 0) {
    throw new LyrebirdError('LYREBIRD_BAD_REQUEST', 'New entities were asked for from two models, which would give them different identities.', 'Leave out new_entities, or the first model (cascade).');
  }
  return onlyFields;
}

/** What of a request is for each of the two. The first says who, when and which log type; both need the technique. */
function shareOptions(first: GeneratorOptions, options: GenerateOptions): { firsts: GenerateOptions; seconds: GenerateOptions } {
  const known = new Set([first.card.time_field, ...first.codec.describeFields().map(({ path }) => path)]);
  const where = Object.entries(options.where);
  const of = (own: boolean): GenerateOptions['where'] => Object.fromEntries(where.filter(([path]) => known.has(path) === own));
  const from = options.from ?? (options.context.length === 0 && options.at === undefined ? first.card.time_range.to : undefined);
  return { firsts: { ...options, where: of(true) }, seconds: { ...options, where: of(false), from, to: options.into === undefined ? undefined : options.to, log_types: [], hours: undefined } };
}
