import type { Client } from '@elastic/elasticsearch';
import { TECHNIQUE_IDS, type TechniqueId } from '../../simulator';
import { attacksFired, indexDocuments, shareFired, type Firing } from './firing';
import { distances, Habits, type Course, type Distances } from './likeness';
import type { AttackedOrganisation, AttackSequence, Document } from './organisation';

export interface AlertFigures {
  techniques: Array<{
    technique: TechniqueId;
    /** Attacks of the simulator: what the rules find at best, since a rule that counts is silent at first and one for a key event before it. */
    real: Firing & Course;
    synthetic: Firing & Course;
    /** Of synthetic attacks from real ones, and of the examples from these. */
    distances: Distances;
    floor: Distances;
  }>;
  /** All techniques: mean of their shares. */
  mean: { real: { events: number; sequences: number }; synthetic: { events: number; sequences: number } };
  /** Share of normal events that fire any rule. */
  false_alerts: { real: number; synthetic: number; beside_real_attacks: number; beside_attacks: number };
  /** Documents that the strict mappings refused. */
  refused: string[];
}

/** What a model has written: attacks with what is beside them, and normal events. */
export interface Written {
  attacks: readonly AttackSequence[];
  normal: readonly Document[];
}

/** What fires the ten rules among real events and among written ones, and how the attacks go. The cluster is one's own: what is indexed stays. */
export async function benchAlerts(client: Client, org: AttackedOrganisation, { attacks: synthetic, normal: written }: Written): Promise<AlertFigures> {
  // Real normal events of the time that the written ones cover: a weekend is unlike a week.
  const until = written.at(-1)!.time;
  const beside = synthetic.flatMap(({ around }) => around);
  const besideReal = [...new Map(org.real.flatMap(({ around }) => around).map((document) => [document.id, document])).values()];
  const namespaces = { real: 'bench_real', synthetic: 'bench_synthetic' };
  // Real attacks may have taken place beside each other: an event of one's surroundings is indexed once.
  const real = new Map([...org.real.flatMap(({ events, around }) => [...events, ...around]), ...org.later].map((document) => [document.id, document]));
  const refused = [
    ...(await indexDocuments(client, namespaces.real, [...real.values()])),
    ...(await indexDocuments(client, namespaces.synthetic, [...synthetic.flatMap(({ events }) => events), ...beside, ...written])),
  ];
  const habits = new Habits(org.normal);
  const techniques: AlertFigures['techniques'] = [];
  for (const technique of TECHNIQUE_IDS) {
    const of = (sequences: readonly AttackSequence[]) => sequences.filter((sequence) => sequence.technique === technique);
    const [ofReal, ofSynthetic] = [of(org.real), of(synthetic)];
    techniques.push({
      technique,
      real: { ...(await attacksFired(client, namespaces.real, ofReal)), ...habits.course(ofReal) },
      synthetic: { ...(await attacksFired(client, namespaces.synthetic, ofSynthetic)), ...habits.course(ofSynthetic) },
      distances: distances(ofSynthetic, ofReal),
      floor: distances(of(org.examples), ofReal),
    });
  }
  const mean = (kind: 'real' | 'synthetic', share: 'events_fired' | 'sequences_fired') => techniques.reduce((sum, technique) => sum + technique[kind][share], 0) / techniques.length;
  return {
    techniques,
    mean: {
      real: { events: mean('real', 'events_fired'), sequences: mean('real', 'sequences_fired') },
      synthetic: { events: mean('synthetic', 'events_fired'), sequences: mean('synthetic', 'sequences_fired') },
    },
    false_alerts: {
      real: await shareFired(client, namespaces.real, org.later.filter(({ time }) => time <= until)),
      synthetic: await shareFired(client, namespaces.synthetic, written),
      beside_real_attacks: await shareFired(client, namespaces.real, besideReal),
      beside_attacks: await shareFired(client, namespaces.synthetic, beside),
    },
    refused,
  };
}

const percent = (share: number | undefined): string => (share === undefined ? '-' : `${(100 * share).toFixed(1)} %`);

/** Two tables: what fires, and how the attacks go; real beside synthetic. */
export function formatAlerts({ techniques, mean, false_alerts, refused }: AlertFigures): string {
  const columns = (cells: string[]) => cells.map((cell, i) => (i === 0 ? cell.padEnd(12) : cell.padStart(16))).join('');
  const pair = (real: number | undefined, synthetic: number | undefined, show: (value: number) => string) => `${real === undefined ? '-' : show(real)} / ${synthetic === undefined ? '-' : show(synthetic)}`;
  const share = (value: number) => (100 * value).toFixed(1);
  const habits = [...new Set(techniques.flatMap(({ real, synthetic }) => [...Object.keys(real.own), ...Object.keys(synthetic.own)]))] as Array<keyof Course['own']>;
  return [
    'real / synthetic; what fires in %; TV: examples / synthetic, total variation distance from real ones',
    columns(['', 'events fire', 'attacks fire', 'events', 'seconds between', 'addresses', 'actions TV', 'order TV']),
    ...techniques.map(({ technique, real, synthetic, distances: { actions, order }, floor }) =>
      columns([
        technique,
        pair(real.events_fired, synthetic.events_fired, share),
        pair(real.sequences_fired, synthetic.sequences_fired, share),
        pair(real.events, synthetic.events, (value) => value.toFixed(1)),
        pair(real.pause, synthetic.pause, (value) => value.toFixed(1)),
        pair(real.addresses, synthetic.addresses, (value) => value.toFixed(2)),
        pair(floor.actions, actions, (value) => value.toFixed(2)),
        pair(floor.order, order, (value) => value.toFixed(2)),
      ])
    ),
    columns(['mean', pair(mean.real.events, mean.synthetic.events, share), pair(mean.real.sequences, mean.synthetic.sequences, share)]),
    '',
    'values that the victim had before, real / synthetic, %',
    columns(['', ...habits]),
    ...techniques.map(({ technique, real, synthetic }) => columns([technique, ...habits.map((habit) => pair(real.own[habit], synthetic.own[habit], share))])),
    '',
    `normal events that fire a rule: real ${percent(false_alerts.real)}, synthetic ${percent(false_alerts.synthetic)}, beside attacks ${percent(false_alerts.beside_real_attacks)} and ${percent(false_alerts.beside_attacks)}; refused by the mappings: ${refused.length}`,
  ].join('\n');
}
