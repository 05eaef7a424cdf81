import { generateOptionsSchema, type LogHit } from '../../common';
import { generateEvents, IdentityMaker } from '../generate';
import type { Model } from '../pipeline';
import { prepareHit } from '../prepare';
import type { Chosen } from './choose';
import { Guise, type Looks } from './guise';

/** Events of one part from which on other threads are worth their start. */
const WORTH_THREADS = 4_000;

export interface WritingPlan {
  chosen: readonly Chosen[];
  looks: ReadonlyMap<string, Looks>;
  /** When each entity's real history begins, ms. */
  begins: ReadonlyMap<string, number>;
  /** Period that the events lie in, ms. */
  from: number;
  to: number;
  /** Events that each entity gets at most. */
  perEntity: ReadonlyMap<string, number>;
  /** Index of each log type. */
  indices: ReadonlyMap<string, string>;
  seed: number;
}

/** A synthetic event of an entity with little history. */
export interface SyntheticHit {
  hit: LogHit;
  entity: string;
  /** Whose habits wrote it. */
  like: string;
}

/** What did not become an event. */
export interface LeftOut {
  /** Would have been read as another entity's. */
  misnamed: number;
}

/**
 * Writes what entities would have done before their history began: the period is cut into as many parts as an entity has peers, and in each
 * it lives like one of them, under its own name and with its own looks.
 *
 * @param onProgress share of the period that is written
 */
export async function* writeSynthetic(model: Model, plan: WritingPlan, signal?: AbortSignal, onProgress?: (share: number) => void): AsyncGenerator<SyntheticHit, LeftOut> {
  const { chosen, looks, from, to, seed } = plan;
  const { codec } = model.generator;
  const maker = new IdentityMaker(codec, seed);
  const left: LeftOut = { misnamed: 0 };
  const parts = Math.max(1, ...chosen.map(({ peers }) => peers.length));
  const numbers = new Map(chosen.map(({ name }, i) => [name, i]));
  for (let part = 0; part < parts; part++) {
    const at = (share: number) => Math.round(from + (to - from) * share);
    const newcomers = chosen.filter(({ peers }) => peers.length > 0).map(({ name, peers }) => ({ name, like: peers[part % peers.length] }));
    if (newcomers.length === 0) break;
    const guises = new Map(newcomers.map(({ name, like }) => [name, new Guise(codec, like, looks.get(name)!, maker, numbers.get(name)!)]));
    const likes = new Map(newcomers.map(({ name, like }) => [name, like]));
    const written = new Map<string, number>();
    const quota = (name: string) => Math.ceil(plan.perEntity.get(name)! / parts);
    const isFull = () => newcomers.every(({ name }) => (written.get(name) ?? 0) >= quota(name));
    const window = { from: new Date(at(part / parts)).toISOString(), to: new Date(at((part + 1) / parts)).toISOString() };
    // Threads take seconds to open the model.
    const expected = newcomers.reduce((sum, { name }) => sum + quota(name), 0);
    const generator = expected < WORTH_THREADS ? { ...model.generator, threads: undefined } : model.generator;
    for await (const event of generateEvents(generator, { ...generateOptionsSchema.parse({ ...window, seed: seed + part }), newcomers }, { signal })) {
      const { entity, timestamp, log_type } = event;
      const time = Date.parse(timestamp);
      onProgress?.((time - from) / (to - from));
      if ((written.get(entity) ?? 0) >= quota(entity) || time >= plan.begins.get(entity)!) {
        if (isFull()) break;
        continue;
      }
      const _source = guises.get(entity)!.put(event._source, log_type);
      const hit: LogHit = { ...(plan.indices.has(log_type) && { _index: plan.indices.get(log_type)! }), _source };
      const read = prepareHit(hit, model.fields);
      if (typeof read === 'string' || read.entity !== entity) left.misnamed++;
      else {
        written.set(entity, (written.get(entity) ?? 0) + 1);
        yield { hit, entity, like: likes.get(entity)! };
      }
    }
  }
  return left;
}
