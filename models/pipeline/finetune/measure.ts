import type { FinetuneOptions } from '../../../common';
import { codecFromJSON } from '../../codec';
import { mergeAdapters, readSafetensors, type AdapterOptions, type Weights } from '../../gpt';
import { lossByTechnique, type TechniqueLoss } from '../../train';
import { readJson } from '../stages';
import type { Layout } from '../stages';
import type { FinetuneEncoded } from './encode';

interface BeforeAfter {
  before: number;
  after: number;
}

/** Held-out losses before and after, nats per token; `undefined` where nothing was held out. */
export interface Measured {
  /** All that was to be learned. */
  lesson?: BeforeAfter;
  techniques: Record<string, BeforeAfter | undefined>;
  normal?: BeforeAfter;
}

/** Scores the same held-out events with the base and with what it became. */
export async function measureFinetune(files: Layout, weightsFile: string, adapter: AdapterOptions | undefined, device: FinetuneOptions['device']): Promise<Measured> {
  const codec = codecFromJSON(await readJson(files.codecDraft));
  const { config } = await readJson<FinetuneEncoded>(files.encoded);
  const start = readSafetensors(files.start).tensors;
  const trained = readSafetensors(weightsFile).tensors;
  const whole: Weights = adapter ? mergeAdapters(config, start, trained, adapter) : trained;
  const losses = async (path: string) => {
    const [before, after] = [await lossByTechnique(path, config, codec.bos, start, { device }), await lossByTechnique(path, config, codec.bos, whole, { device })];
    return (ids: Iterable<number>): BeforeAfter | undefined => {
      const chosen = [...ids].filter((id) => before.has(id));
      const mean = (from: Map<number, TechniqueLoss>) => chosen.reduce((sum, id) => sum + from.get(id)!.nats, 0) / chosen.reduce((sum, id) => sum + from.get(id)!.tokens, 0);
      return chosen.length === 0 ? undefined : { before: mean(before), after: mean(after) };
    };
  };
  const lesson = await losses(files.heldoutTokens);
  const replay = await losses(files.replayHeldoutTokens);
  const labelled = codec.techniques.map((_, id) => id).slice(1);
  return {
    lesson: lesson(labelled) ?? lesson([0]),
    techniques: Object.fromEntries(labelled.map((id) => [codec.techniques[id], lesson([id])])),
    normal: replay([0]),
  };
}
