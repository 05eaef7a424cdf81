import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { escapeRegExp } from 'lodash';
import { augmentOptionsSchema, type LogHit } from '../../common';
import { Guise, planAugment, readHits, writeSynthetic, type AugmentPlan, type Reading } from '../../models/augment';
import { IdentityMaker } from '../../models/generate';
import { loadModel, type Model } from '../../models/pipeline';
import { Calibration, type CalibrationJson } from '../../models/score';
import { readerOf } from '../sample';
import type { TrueEvent } from '../detect/organisation';
import type { NewcomerTask } from './newcomers';

const DAY = 86_400_000;

/** What newcomers' few events are added to: as many of each kind. */
export type TrainingSets = Record<'synthetic' | 'copies' | 'peers', TrueEvent[]>;

/**
 * Events of newcomers: what the generator writes after the habits of their peers; copies of their own few; and what these peers have really done in the same
 * time, in the newcomers' looks. The last two tell what the generator adds.
 */
export async function trainingSets({ train, newcomers }: NewcomerTask, folder: string, seed: number): Promise<TrainingSets> {
  const model = await loadModel(folder);
  try {
    const options = augmentOptionsSchema.parse({ entities: [...newcomers], seed });
    const reading: Reading = { fields: model.fields, logTypes: model.card.log_types.map(({ name }) => name), labelFields: options.label_fields };
    const dataset = readerOf(train.map(({ hit }) => hit));
    // All of the training events are before what is judged here.
    const calibration = Calibration.fromJSON(JSON.parse(await readFile(path.join(folder, 'calibration.json'), 'utf8')) as CalibrationJson);
    const plan = await planAugment(dataset, reading, { ...model.card, heldout_from: undefined }, calibration, options);
    const to = Date.parse(model.card.heldout_from!);
    const writing = { ...plan.writing, to, begins: new Map([...plan.writing.begins].map(([name, first]) => [name, Math.min(first, to)])) };
    const synthetic: TrueEvent[] = [];
    for await (const { hit, entity } of writeSynthetic(model, writing)) synthetic.push(eventOf(hit, entity));
    const wanted = new Map<string, number>();
    for (const { entity } of synthetic) wanted.set(entity, (wanted.get(entity) ?? 0) + 1);
    return { synthetic, copies: copies(train, wanted, to), peers: await peersEvents(model, reading, train, { ...plan, writing }, wanted) };
  } finally {
    await model.dispose();
  }
}

const timeOf = (hit: LogHit): number => Date.parse(hit._source['@timestamp'] as string);
const eventOf = (hit: LogHit, entity: string): TrueEvent => ({ hit, entity, time: timeOf(hit) });

/** Their own events again and again, each round some days earlier. */
function copies(train: readonly TrueEvent[], wanted: ReadonlyMap<string, number>, before: number): TrueEvent[] {
  return [...wanted].flatMap(([name, count]) => {
    const own = train.filter(({ entity }) => entity === name);
    const days = Math.ceil((own.at(-1)!.time - Math.min(own[0].time, before) + 1) / DAY);
    return Array.from({ length: count }, (_, i) => {
      const { hit } = own[i % own.length];
      const time = timeOf(hit) - days * DAY * (1 + Math.floor(i / own.length));
      return eventOf({ ...hit, _source: { ...hit._source, '@timestamp': new Date(time).toISOString() } }, name);
    });
  });
}

async function peersEvents(model: Model, reading: Reading, train: readonly TrueEvent[], { chosen, writing }: AugmentPlan, wanted: ReadonlyMap<string, number>): Promise<TrueEvent[]> {
  const { codec } = model.generator;
  const maker = new IdentityMaker(codec, writing.seed);
  const found: TrueEvent[] = [];
  for (const { name, peers } of chosen) {
    const quota = Math.ceil((wanted.get(name) ?? 0) / Math.max(1, peers.length));
    for (const [part, peer] of peers.entries()) {
      const [from, to] = [part, part + 1].map((edge) => writing.from + ((writing.to - writing.from) * edge) / peers.length);
      const guise = new Guise(codec, peer, writing.looks.get(name)!, maker, part);
      const theirs = train.filter(({ entity, time }) => entity === peer && time >= from && time < Math.min(to, writing.begins.get(name)!)).slice(0, quota);
      for await (const { hit, event } of readHits(readerOf(theirs.map((one) => one.hit)), reading)) {
        // Names in texts, too: an account's is written in many forms.
        const renamed = JSON.parse(JSON.stringify(hit._source).replaceAll(new RegExp(`(?<![\\p{L}\\d])${escapeRegExp(peer)}(?![\\p{L}\\d])`, 'giu'), name)) as LogHit['_source'];
        found.push(eventOf({ ...hit, _source: guise.put(renamed, event.logType) }, name));
      }
    }
  }
  return found;
}
