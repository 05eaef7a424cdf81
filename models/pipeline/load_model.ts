import { modelCardSchema } from '../../common';
import type { GenerateOptions } from '../../common';
import { LyrebirdError } from '../../common';
import { codecFromJSON } from '../codec';
import { generateEvents } from '../generate';
import { createDecodingSession, createScoringSession, readSafetensors } from '../gpt';
import type { GptConfig, ScoringSession } from '../gpt/types';
import type { EventFields } from '../prepare';
import { Calibration, StreamScorer } from '../score';
import { layout, readJson } from './stages';
import type { LoadModel, Model } from './types';

/**
 * Opens a model folder. The scoring graph is built at the first score and shared by all scorers; each generation has a
 * graph of its own, since its key-value cache is its state.
 *
 * @throws LYREBIRD_NOT_FOUND when the folder holds no (finished) model, LYREBIRD_CORRUPT when a file is damaged
 */
export const loadModel: LoadModel = async (folder, { device = 'cpu', threads } = {}): Promise<Model> => {
  const files = layout(folder);
  const parsed = modelCardSchema.safeParse(await readJson(files.card));
  if (!parsed.success) {
    throw new LyrebirdError('LYREBIRD_CORRUPT', `${files.card} is not a model card of this version: ${parsed.error.issues[0].message}.`, 'Train the model again.');
  }
  const card = parsed.data;
  const codec = codecFromJSON(await readJson(files.codec));
  const { fields, config } = await readJson<{ fields: EventFields; config: GptConfig }>(files.fields);
  const calibration = Calibration.fromJSON(await readJson(files.calibration));
  const weights = readSafetensors(files.weights).tensors;
  let scoring: Promise<ScoringSession> | undefined;
  // One run at a time: sessions are shared, and a scorer that waits costs less than two that fight over the cores.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(use: (session: ScoringSession) => Promise<T>): Promise<T> => {
    scoring ??= createScoringSession(config, weights, { device, threads });
    const result = last.then(() => scoring!).then(use);
    last = result.catch(() => undefined);
    return result;
  };
  const shared: ScoringSession = {
    run: (batch) => inTurn((session) => session.run(batch)),
    logits: (hidden) => inTurn((session) => session.logits(hidden)),
    dispose: async () => undefined,
  };
  return {
    card,
    generate: (options: GenerateOptions, control) =>
      generateEvents(
        { codec, card, context: config.context, createSession: (rows) => createDecodingSession(config, weights, rows, { device, threads }) },
        options,
        control
      ),
    createScorer: ({ topFields = 5 } = {}) => new StreamScorer({ codec, session: shared, context: config.context, width: config.width, fields, calibration, topFields }),
    dispose: async () => {
      await last;
      if (scoring !== undefined) await (await scoring).dispose();
    },
  };
};
