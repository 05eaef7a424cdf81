import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Position } from '../../../models/codec';
import { seededUniform, type GptConfig } from '../../../models/gpt';
import { TokenFileWriter, type TrainingPlan } from '../../../models/train';

export const BOS = 0;
export const FIELDS = 4;
export const ENTITIES = 5;

export const CONFIG: GptConfig = {
  layers: 1,
  heads: 2,
  width: 32,
  context: 32,
  vocabulary: 64,
  side: [FIELDS, ENTITIES, 97, 8, 3, 2],
  skip: 8,
  former: false,
  activation: 'relu2',
};

/** Nothing is known of it but what is given. */
export const position = (known: Partial<Position> = {}): Position => ({ field: 0, slot: 96, weekday: 7, place: 0, former: 0, ...known });

/**
 * Events of three tokens that a model can learn: the first says which of the entity's two habits is meant, the others follow from
 * it and the entity. An untrained model needs log(64) = 4.2 nats a token, a perfect one log(2) / 3 = 0.23.
 */
export function writeEvents(path: string, options: { streams: number; events: number; seed: number }): void {
  const uniform = seededUniform(options.seed);
  const writer = new TokenFileWriter(path);
  for (let stream = 0; stream < options.streams; stream++) {
    const entity = 1 + (stream % (ENTITIES - 1));
    writer.startStream(entity, BOS);
    for (let event = 0; event < options.events; event++) {
      const habit = uniform() < 0.5 ? 1 : 2;
      writer.event([habit, 10 * entity + habit, 10 * entity + 3], [1, 2, 3].map((field) => position({ field })), 0);
    }
  }
  writer.close();
}

export const folder = () => mkdtempSync(join(tmpdir(), 'lyrebird-train-'));

export function plan(base: string, changes: Partial<TrainingPlan> = {}): TrainingPlan {
  return {
    config: CONFIG,
    trainFile: join(base, 'train'),
    heldoutFile: join(base, 'heldout'),
    bos: BOS,
    folder: join(base, 'training'),
    batch: 8,
    learningRate: 1e-2,
    warmupSteps: 10,
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clip: 1 },
    entityDropout: 0.1,
    formerDropout: 0,
    minutes: 10,
    maxSteps: 120,
    seed: 7,
    device: 'cpu',
    threads: 1,
    stepsPerRun: 10,
    checkpointSeconds: 3600,
    ...changes,
  };
}

export function prepare(size = { streams: 40, events: 40 }): string {
  const base = folder();
  writeEvents(join(base, 'train'), { ...size, seed: 1 });
  writeEvents(join(base, 'heldout'), { ...size, seed: 2 });
  return base;
}
