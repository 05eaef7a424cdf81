import { LyrebirdError, generateOptionsSchema } from '../../common';
import type { EvaluateOptions, EvaluateStage, GeneratedEvent, GenerateOptionsInput, LogHit, ModelCard, Report } from '../../common';
import type { PreparedEvent } from '../codec/types';
import type { DatasetReader } from '../dataset';
import { OmittedCount } from '../generate';
import { loadModel } from '../pipeline';
import type { Model } from '../pipeline';
import { prepareHit } from '../prepare';
import { buildReport } from './build_report';
import { Corpus } from './corpus';
import type { Source } from './corpus';
import type { Period } from './periods';
import { Survey } from './survey';
import { Techniques } from './techniques';

/** Real events: `logs` are split where the model's own held-out events begin. */
export type RealEvents = { logs: DatasetReader } | { train: DatasetReader; heldout: DatasetReader };

export interface EvaluateModelOptions {
  /** Model folder. */
  folder: string;
  real: RealEvents;
  /** Events to judge; without, the model writes some over the held-out period. */
  synthetic?: DatasetReader;
  options: EvaluateOptions;
  device?: 'cpu' | 'cuda' | 'webgpu';
  signal?: AbortSignal;
  onProgress?: (progress: { stage: EvaluateStage; progress: number; etaSeconds?: number }) => void;
}

const BEGINS: Record<EvaluateStage, number> = { reading: 0, generating: 0.1, comparing: 0.5 };
/** With fewer, nothing can be said; figures ask for more before they judge. */
const MIN_EVENTS = 20;
/** Synthetic events of each technique that the model knows, and the techniques tried. */
const TECHNIQUE_EVENTS = 100;
const TECHNIQUES = 15;
/** Events written for each held-out one, at most, and in any case: a model of busy weeks writes on through months in which real logs are silent. */
const MOST_PER_EVENT = 4;
const MOST_EVENTS = 1_000;
/** With fewer events for each held-out one the model writes on after the period: there would be too little to compare. */
const FEW = 0.25;
/** Times kept to find the split of a model whose card does not name it. */
const MAX_TIMES = 2_000_000;

/**
 * Compares what a model writes with real events that it was not trained on.
 *
 * @throws LYREBIRD_NOT_FOUND when the folder holds no model, LYREBIRD_TOO_FEW_EVENTS when a side has fewer than 20 usable events,
 *   LYREBIRD_BAD_REQUEST when training and held-out files share no log type, LYREBIRD_CANCELLED
 */
export async function evaluateModel({ folder, real, synthetic, options, device, signal, onProgress }: EvaluateModelOptions): Promise<Report> {
  const report = (stage: EvaluateStage, share: number, etaSeconds?: number) => {
    if (signal?.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', 'The evaluation was cancelled.', 'Start it again.');
    const ends = stage === 'reading' ? BEGINS.generating : stage === 'generating' ? BEGINS.comparing : 1;
    onProgress?.({ stage, progress: BEGINS[stage] + share * (ends - BEGINS[stage]), etaSeconds });
  };
  const model = await loadModel(folder, { device });
  try {
    report('reading', 0);
    const read = new Reader(model, real, () => report('reading', 0));
    const { chosen, techniques, corpus, notes } = await read.real(options);
    report('generating', 0);
    const made = synthetic !== undefined ? await read.synthetic(synthetic, corpus, chosen, techniques) : await generate(model, corpus, chosen, techniques, options, signal, (share, eta) => report('generating', share, eta));
    requireEvents('synthetic', corpus.rows('synthetic').length, made.generated);
    report('comparing', 0);
    return await buildReport(
      corpus,
      {
        model: synthetic === undefined ? modelOf(model.card) : undefined,
        seed: options.seed,
        timeField: model.card.time_field,
        entityFields: model.card.entity_fields,
        periods: { train: chosen.train, heldout: chosen.heldout },
        entities: { looked_at: chosen.entities.size, all: chosen.all },
        validity: { generated: made.generated, malformed: made.malformed },
        wrongEntity: made.wrongEntity,
        techniques: techniques.report(),
        notes: [...notes, ...made.notes],
        now: new Date(),
      },
      (share) => report('comparing', share)
    );
  } finally {
    await model.dispose();
  }
}

const modelOf = ({ id, name, tokenizer, parameters, source }: ModelCard): Report['model'] => ({ id, name, tokenizer, parameters, source });

type Chosen = ReturnType<Survey['choose']>;

interface Made {
  generated: number;
  malformed: number;
  wrongEntity?: { events: number; of: number };
  notes: string[];
}

const within = (time: number, { from, to }: Period) => time >= from && time < to;

/** Reads real events twice: first to choose what fits, then to keep it. */
class Reader {
  private skipped = 0;
  private readonly onlyType: string | undefined;

  constructor(
    private readonly model: Model,
    private readonly sources: RealEvents,
    private readonly breathe: () => void
  ) {
    const types = model.card.log_types;
    this.onlyType = types.length === 1 ? types[0].name : undefined;
  }

  async real(options: EvaluateOptions) {
    const cutoff = 'logs' in this.sources ? await this.cutoff(this.sources.logs) : undefined;
    const survey = new Survey();
    for await (const { source, event } of this.events(cutoff)) if (event.technique === undefined) survey.add(source, event.entity, event.time);
    const sum = (counts: Map<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
    requireHeldOut(sum(survey.train), sum(survey.heldout), cutoff);
    requireEvents('training', sum(survey.train), this.skipped);
    requireEvents('held-out', sum(survey.heldout), this.skipped);
    const chosen = survey.choose(options.max_events, options.seed, cutoff);
    const corpus = new Corpus();
    const techniques = new Techniques();
    for await (const { source, event } of this.events(cutoff)) {
      if (event.technique !== undefined) techniques.add(source, event.technique, event);
      else if (chosen.entities.has(event.entity) && within(event.time, chosen[source])) corpus.add(source, event);
    }
    requireSharedTypes(corpus);
    const known = new Set(this.model.card.entities.map(({ name }) => name));
    const heldout = corpus.rows('heldout');
    const strangers = heldout.reduce((count, event) => count + (known.has(corpus.entities[corpus.entity[event]]) ? 0 : 1), 0);
    const notes = strangers === 0 ? [] : [`${((100 * strangers) / heldout.length).toFixed(1)} % of the held-out events are of entities that the model does not know.`];
    if (chosen.entities.size < chosen.all) notes.push(`${chosen.entities.size} of ${chosen.all} entities were looked at, so that about ${options.max_events} held-out events are compared.`);
    return { chosen, corpus, techniques, notes };
  }

  async synthetic(reader: DatasetReader, corpus: Corpus, chosen: Chosen, techniques: Techniques): Promise<Made> {
    let [generated, outside] = [0, 0];
    for await (const hit of reader.hits()) {
      generated++;
      const event = this.prepare(hit);
      if (event === undefined) continue;
      if (event.technique !== undefined) techniques.add('synthetic', event.technique, event);
      else if (!within(event.time, chosen.heldout)) outside++;
      else if (chosen.entities.has(event.entity) || !this.isKnown(event.entity, chosen)) corpus.add('synthetic', event);
    }
    const malformed = reader.skipped.malformed_json ?? 0;
    const notes = outside === 0 ? [] : [`${outside} synthetic events lie outside the held-out period and were left out.`];
    return { generated, malformed, notes };
  }

  /** With all entities looked at, none is a stranger; else a synthetic event of an unknown entity is drawn like the others. */
  private isKnown(entity: string, chosen: Chosen): boolean {
    return chosen.entities.size < chosen.all || chosen.entities.has(entity);
  }

  private async cutoff(logs: DatasetReader): Promise<number> {
    const { heldout_from, options } = this.model.card;
    if (heldout_from !== undefined) return Date.parse(heldout_from);
    const times: number[] = [];
    for await (const hit of logs.hits()) {
      const event = this.prepare(hit);
      if (event !== undefined && times.push(event.time) > MAX_TIMES) {
        throw new LyrebirdError('LYREBIRD_BAD_REQUEST', "The model's card does not say which events were held out.", 'Name the files: --train and --heldout; or train the model again.');
      }
    }
    const sorted = Float64Array.from(times).sort();
    return sorted[Math.min(sorted.length - 1, Math.floor((1 - options.holdout) * sorted.length))] ?? 0;
  }

  private async *events(cutoff: number | undefined): AsyncGenerator<{ source: 'train' | 'heldout'; event: PreparedEvent }> {
    this.skipped = 0;
    if ('logs' in this.sources) {
      for await (const event of this.prepared(this.sources.logs)) yield { source: event.time < cutoff! ? 'train' : 'heldout', event };
      return;
    }
    for (const source of ['train', 'heldout'] as const) for await (const event of this.prepared(this.sources[source])) yield { source, event };
  }

  private async *prepared(reader: DatasetReader): AsyncGenerator<PreparedEvent> {
    let count = 0;
    for await (const hit of reader.hits()) {
      if (++count % 1000 === 0) this.breathe();
      const event = this.prepare(hit);
      if (event === undefined) this.skipped++;
      else yield event;
    }
  }

  private prepare(hit: LogHit): PreparedEvent | undefined {
    const event = prepareHit(hit, this.model.fields);
    if (typeof event === 'string') return undefined;
    // Files of one log bear different names, which are no log types.
    return this.onlyType === undefined ? event : { ...event, logType: this.onlyType };
  }
}

function requireEvents(what: string, events: number, others: number): void {
  if (events >= MIN_EVENTS) return;
  throw new LyrebirdError(
    'LYREBIRD_TOO_FEW_EVENTS',
    `There are ${events} ${what} events to compare; at least ${MIN_EVENTS} are needed (${others} others were read).`,
    what === 'synthetic' ? 'Generate more events over the held-out period.' : "Name logs of the model's own entities and fields, from before and after the moment that its held-out events begin."
  );
}

function requireHeldOut(train: number, heldout: number, cutoff: number | undefined): void {
  if (cutoff === undefined || train > 0 || heldout === 0) return;
  throw new LyrebirdError(
    'LYREBIRD_TOO_FEW_EVENTS',
    `All ${heldout} events are of ${new Date(cutoff).toISOString()} or later, where the model's held-out events begin: the training held none out, or these are other logs.`,
    'Where all events are of one moment, none can be held out: name --train and --heldout. Otherwise evaluate the model on the logs that it was trained on.'
  );
}

function requireSharedTypes(corpus: Corpus): void {
  const types = (source: Source) => new Set(Array.from(corpus.rows(source), (event) => corpus.tables[corpus.type[event]].logType));
  const [train, heldout] = [types('train'), types('heldout')];
  if ([...heldout].some((type) => train.has(type))) return;
  const list = (names: Set<string>) => [...names].map((name) => `"${name}"`).join(', ');
  throw new LyrebirdError(
    'LYREBIRD_BAD_REQUEST',
    `Training events are of the log types ${list(train)}, held-out events of ${list(heldout)}; expected the same ones.`,
    'Events without event.dataset take their log type from the name of their file: give both files the same name, in two folders.'
  );
}

/** Events of the chosen entities over the held-out period, and some of each technique. */
async function generate(
  model: Model,
  corpus: Corpus,
  chosen: Chosen,
  techniques: Techniques,
  { seed }: EvaluateOptions,
  signal: AbortSignal | undefined,
  onProgress: (share: number, etaSeconds?: number) => void
): Promise<Made> {
  const { card } = model;
  const entities = card.entities.map(({ name }) => name).filter((name) => chosen.entities.has(name));
  if (entities.length === 0) {
    throw new LyrebirdError('LYREBIRD_UNKNOWN_ENTITY', 'The model knows none of the entities in the real events.', 'Evaluate it on the logs that it was trained on.');
  }
  const { from, to } = chosen.heldout;
  const wrong = { events: 0, of: 0 };
  let generated = 0;
  const began = Date.now();
  const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const write = (options: GenerateOptionsInput) => model.generate(generateOptionsSchema.parse({ seed, ...options }), control);
  const omitted = new OmittedCount();
  const control = { signal, onOmitted: omitted.onOmitted };
  const prepared = (source: LogHit['_source'], logType: string): PreparedEvent | undefined => {
    const event = prepareHit({ _source: source }, model.fields);
    return typeof event === 'string' ? undefined : { ...event, logType };
  };
  const heldout = corpus.rows('heldout');
  const most = Math.max(MOST_EVENTS, MOST_PER_EVENT * heldout.length);
  const notes: string[] = [];
  const take = ({ entity, log_type, _source }: GeneratedEvent) => {
    generated++;
    const event = prepared(_source, log_type);
    wrong.of++;
    if (event === undefined || event.entity !== entity) wrong.events++;
    if (event !== undefined && event.technique === undefined) corpus.add('synthetic', event);
  };
  for await (const event of write({ ...period, entities })) {
    if (generated === most) {
      const until = heldout.filter((each) => corpus.time[each] < Date.parse(event.timestamp)).length;
      notes.push(`The model writes far more than there is: it was stopped after ${most} events, at ${event.timestamp}, when there had been ${until} real ones. Rhythm and number of events do not compare.`);
      break;
    }
    take(event);
    if (generated % 200 === 0) {
      const share = Math.min(1, (Date.parse(event.timestamp) - from) / (to - from));
      onProgress(0.95 * share, share > 0.02 ? ((Date.now() - began) / 1000) * (1 / share - 1) : undefined);
    }
  }
  if (generated < FEW * heldout.length) {
    notes.push(`The model wrote ${generated} events over the held-out period, where ${heldout.length} real ones are. It was let write on after it until there were as many: rhythm does not compare.`);
    for await (const event of write({ from: period.to, entities, count: heldout.length - generated })) take(event);
  }
  for (const technique of techniques.ids().filter((id) => card.techniques.some((known) => known.id === id)).slice(0, TECHNIQUES)) {
    for await (const { log_type, _source } of write({ from: period.from, technique, count: TECHNIQUE_EVENTS })) {
      const event = prepared(_source, log_type);
      if (event !== undefined) techniques.add('synthetic', technique, event);
    }
  }
  const { malformed, misnamed } = omitted.summary(false);
  if (misnamed > 0) notes.push(`Besides, ${misnamed} events were left out, as they are in any generation: they would have been read as another entity's.`);
  return { generated, malformed, wrongEntity: wrong, notes };
}
