import { LyrebirdError, type LogHit, type Skipped } from '../../common';
import type { EventPseudonymiser } from '../../common/pseudonyms';
import { count, readLogFiles } from '../dataset';
import { loadModel, scoreSessions as sessionScores, type Model } from '../pipeline';
import { Output } from './output';
import { hitUnder, pseudonymiserFor } from './pseudonym_key';
import { revealFields, type ScoreFlags } from './score';

/** A line a session of the logs: its score, and the events that carried it. */
export async function scoreSessions(flags: ScoreFlags, signal: AbortSignal): Promise<void> {
  const began = Date.now();
  const model = await loadModel(flags.model, { device: flags.device });
  const output = new Output(() => undefined);
  const skipped: Skipped = {};
  let [events, scored] = [0, 0];
  const skip = (reason: string) => count(skipped, reason);
  try {
    const pseudonymiser = await pseudonymiserFor(model.card, flags);
    const sessions = sessionScores(model, hitsOf(flags, model, pseudonymiser, skip), { topEvents: flags.topEvents, topFields: flags.topFields, onSkip: skip });
    for await (const scoredSession of sessions) {
      if (signal.aborted) throw new LyrebirdError('LYREBIRD_CANCELLED', `Scoring was cancelled after ${scored} sessions.`);
      const { session, top_events, ...rest } = scoredSession;
      await output.line({
        session: pseudonymiser ? pseudonymiser.revealEntity(session, model.card.entity_fields) : session,
        ...rest,
        top_events: pseudonymiser ? top_events.map((event) => ({ ...event, top_fields: revealFields(event.top_fields, pseudonymiser) })) : top_events,
      });
      if (output.isClosed) return;
      scored += 1;
      events += scoredSession.events;
    }
  } finally {
    await model.dispose();
  }
  if (flags.json) process.stderr.write(`${JSON.stringify({ sessions: scored, scored: events, skipped, seconds: (Date.now() - began) / 1000 })}\n`);
  else if (Object.keys(skipped).length > 0) process.stderr.write(`Set aside: ${JSON.stringify(skipped)}\n`);
  if (scored === 0 && !output.isClosed) {
    throw new LyrebirdError('LYREBIRD_NO_EVENTS', `${flags.logs.join(', ')}: no session could be scored (set aside: ${JSON.stringify(skipped)}).`, 'Check that the files are of the logs that the model has learned.');
  }
}

async function* hitsOf(flags: ScoreFlags, { card }: Model, pseudonymiser: EventPseudonymiser | undefined, onSkip: (reason: string) => void): AsyncGenerator<LogHit> {
  const { time_field, entity_fields } = card;
  // Names may be mentioned before they act.
  if (pseudonymiser) for await (const { _source } of readLogFiles(flags.logs, { unwrap: flags.unwrap })) pseudonymiser.collect(_source);
  for await (const hit of readLogFiles(flags.logs, { unwrap: flags.unwrap, keep: [time_field, ...entity_fields], onSkip })) yield hitUnder(pseudonymiser, hit);
}
