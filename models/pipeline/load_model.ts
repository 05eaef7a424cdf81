import { LyrebirdError } from '../../common';
import { cascadeLines, generateEvents, generateLines } from '../generate';
import { createScoringSession } from '../gpt';
import type { ScoringSession } from '../gpt/types';
import { ageOf, Calibration, MakeUp, SessionCalibration, SessionScorer, StreamScorer } from '../score';
import type { SessionsJson } from './calibrate_stage';
import { openGenerator } from './open_generator';
import { layout, readJson } from './stages';
import type { LoadModel, Model } from './types';

/**
 * Opens a model folder. The scoring graph is built at the first score and shared by all scorers; each generation has a
 * graph of its own, since its key-value cache is its state.
 *
 * @throws LYREBIRD_NOT_FOUND when the folder holds no (finished) model, LYREBIRD_CORRUPT when a file is damaged;
 *   for adapters LYREBIRD_NOT_FOUND or LYREBIRD_CONFLICT when their base is missing or another
 */
export const loadModel: LoadModel = async (folder, { device = 'cpu', threads } = {}): Promise<Model> => {
  const { generator, model, weights } = await openGenerator({ folder, device }, threads);
  const { codec, card, fields } = generator;
  const { config } = model;
  const calibration = Calibration.fromJSON(await readJson(layout(folder).calibration));
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
    fields,
    generate: (options, control) => generateEvents(generator, options, control),
    generateLines: (options, control) => generateLines(generator, options, control),
    completeLines: (first, options, control) => cascadeLines(first.generator, generator, options, control),
    generator,
    createScorer: ({ topFields = 5 } = {}) => new StreamScorer({ codec, session: shared, config, fields, calibration, learnedTo: Date.parse(card.time_range.to), topFields }),
    ageOf: (drift) => ageOf(drift, calibration.baseline),
    createSessionScorer: async ({ topEvents = 3, topFields = 5 } = {}) => {
      if (!fields.sessions) {
        throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `The model "${card.name}" was not trained on sessions: it does not know when one ends.`, 'Train it with sessions (--sessions).');
      }
      const whole = await readJson<SessionsJson>(layout(folder).sessions);
      const learned = { makeUp: MakeUp.fromJSON(whole.makeUp), calibration: SessionCalibration.fromJSON(whole.calibration) };
      return new SessionScorer({ codec, session: shared, config, fields, ...learned, topEvents, topFields });
    },
    dispose: async () => {
      await last;
      if (scoring !== undefined) await (await scoring).dispose();
    },
  };
};
