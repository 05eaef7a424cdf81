import { groupBy } from 'lodash';
import { finetuneOptionsSchema, trainOptionsSchema, type LogHit, type ModelCard } from '../../common';
import type { DatasetReader } from '../../models/dataset';
import { finetuneModel, trainModel } from '../../models/pipeline';
import { indexOf, periodOf, simulate, TECHNIQUE_IDS, type SampleEvent, type TechniqueId } from '../../simulator';

const HOUR = 3_600_000;
/** Normal events of the victim that are looked at beside an attack, ms before its first event and after its last. */
export const AROUND = 4 * HOUR;

/** An event as it is indexed. */
export interface Document {
  id: string;
  dataset: SampleEvent['dataset'];
  time: number;
  source: SampleEvent['_source'];
}

/** One attack as one entity's stream shows it, and what that entity did beside it. */
export interface AttackSequence {
  technique: TechniqueId;
  entity: string;
  events: Document[];
  around: Document[];
}

export interface AttackedOrganisation {
  /** Unlabelled events before the attacks: what the base learns, and what is replayed to it. */
  normal: LogHit[];
  /** So many sequences of each technique, labelled in the documents (`threat.*`). */
  lesson: LogHit[];
  /** What was learned from, as sequences. */
  examples: AttackSequence[];
  /** Other attacks of the same kinds, later, on the same organisation; unlabelled in the documents. */
  real: AttackSequence[];
  /** Unlabelled events of that later time. */
  later: Document[];
}

export interface OrganisationOptions {
  users: number;
  days: number;
  seed: number;
  end: Date;
  /** Sequences of each technique to learn from. */
  examples: number;
}

/**
 * The sample organisation with as many exercises as it takes for the examples, and as many later attacks to compare with. A base that
 * learns `normal` has seen no attack at all.
 */
export function attackedOrganisation({ users, days, seed, end, examples }: OrganisationOptions): AttackedOrganisation {
  const options = { users, days, seed, end, attacks: examples };
  const period = periodOf(options);
  const events = [...simulate(options)];
  const limit = events.find(({ label }) => label?.phase === 'attack')?.timestamp ?? new Date(period.end).toISOString();
  const unlabelled = events.filter(({ label }) => label === undefined);
  const byEntity = groupBy(unlabelled, ({ entity }) => entity);
  const sequences = (phase: 'exercise' | 'attack'): Array<AttackSequence & { hits: LogHit[] }> => {
    const labelled = events.filter(({ label }) => label?.phase === phase);
    return Object.values(groupBy(labelled, ({ label, entity }) => `${label!.attack_id} ${entity}`)).map((attack) => {
      const [from, to] = [timeOf(attack[0]) - AROUND, timeOf(attack[attack.length - 1]) + AROUND];
      const around = (byEntity[attack[0].entity] ?? []).filter((event) => timeOf(event) >= from && timeOf(event) <= to);
      return { technique: attack[0].label!.technique as TechniqueId, entity: attack[0].entity, events: attack.map(documentOf), around: around.map(documentOf), hits: attack.map(hitOf) };
    });
  };
  const learned = firstOfEach(sequences('exercise'), examples);
  return {
    normal: unlabelled.filter(({ timestamp }) => timestamp < limit).map(hitOf),
    lesson: learned.flatMap(({ hits }) => hits),
    examples: learned,
    real: firstOfEach(sequences('attack'), examples),
    later: unlabelled.filter(({ timestamp }) => timestamp >= limit).map(documentOf),
  };
}

/** Evenly many over the period: a campaign against many accounts is a sequence in each of them, and few of those say it all. */
function firstOfEach<T extends AttackSequence>(sequences: readonly T[], count: number): T[] {
  return TECHNIQUE_IDS.flatMap((technique) => {
    const all = sequences.filter((sequence) => sequence.technique === technique);
    return Array.from({ length: Math.min(count, all.length) }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / Math.min(count, all.length))]);
  });
}

const timeOf = ({ timestamp }: SampleEvent): number => Date.parse(timestamp);
const hitOf = ({ _id, dataset, _source }: SampleEvent): LogHit => ({ _id, _index: indexOf(dataset), _source });
const documentOf = (event: SampleEvent): Document => ({ id: event._id, dataset: event.dataset, time: timeOf(event), source: event._source });

function reader(source: string, hits: readonly LogHit[]): DatasetReader {
  return {
    source,
    skipped: {},
    async *hits() {
      yield* hits;
    },
  };
}

/** A model of the organisation at peace. */
export const trainBase = ({ normal }: AttackedOrganisation, folder: string, budget: { minutes: number; max_steps?: number }): Promise<ModelCard> =>
  trainModel({ dataset: reader('organisation at peace', normal), folder, modelId: 'base', options: trainOptionsSchema.parse({ name: 'base', ...budget }) });

/** The base, taught the examples. */
export const teach = ({ normal, lesson }: AttackedOrganisation, base: string, folder: string, options: { minutes: number; max_steps?: number; lora_rank?: number }): Promise<ModelCard> => {
  const hits = [...normal, ...lesson].sort((a, b) => (String(a._source['@timestamp']) < String(b._source['@timestamp']) ? -1 : 1));
  return finetuneModel({ base, dataset: reader('exercises', hits), folder, modelId: 'red-team', options: finetuneOptionsSchema.parse({ name: 'red team', ...options }) });
};
