import { startScoreSchema, type ModelCard, type Source } from '../../common';
import type { EventPseudonymiser } from '../../common/pseudonyms';
import type { LyrebirdConfig } from '../config';
import type { ActiveJob } from '../jobs';
import type { NodeClient } from '../node';
import { entityAliases, type ModelPseudonyms } from '../pseudonyms';
import type { RuleStore } from '../rules';
import { collectIdentifiers } from './identifiers_service';
import { assertModelReadable } from './permissions';
import { PointInTime } from './point_in_time';
import { runDatafeed } from './scoring/datafeed';
import { look } from './scoring/look';
import { ScoringResults, type ScoreParams } from './scoring/scoring_results';
import { ScoringSession } from './scoring/scoring_session';

export interface ScoreContext {
  node: NodeClient;
  limits: LyrebirdConfig['limits'];
  pseudonyms: ModelPseudonyms;
  rules: RuleStore;
}

/** A scoring job at work. */
export interface Scoring {
  context: ScoreContext;
  job: ActiveJob;
  params: ScoreParams;
  card: ModelCard;
  source: Source;
  /** Of a model that learned pseudonyms: its events are sent as pseudonyms, and these are what the documents hold. */
  pseudonymiser?: EventPseudonymiser;
}

/** The work of a scoring job: events in time order through the node's scorer into `lyrebird-anomalies-<job>`, once or on and on. */
export async function score(context: ScoreContext, job: ActiveJob): Promise<void> {
  const params = startScoreSchema.parse(job.job.params);
  const card = await context.node.model(params.model_id, job.signal);
  await assertModelReadable(job.client, card);
  const source = { ...params.source, time_field: params.source.time_field ?? card.time_field };
  const pseudonymiser = await context.pseudonyms.forModel(job.client, card, job.signal);
  const scoring: Scoring = { context, job, params, card, source, pseudonymiser };
  job.update({ stage: 'scoring', model_id: params.model_id });
  if (params.datafeed) await runDatafeed(scoring, params.datafeed);
  else await scoreOnce(scoring);
}

async function scoreOnce(scoring: Scoring): Promise<void> {
  const { context, job, source, pseudonymiser } = scoring;
  const results = await openResults(scoring);
  job.update({ target_index: results.index });
  const session = openSession(scoring, results);
  const started = Date.now();
  try {
    await withIdentifiers(scoring, source, (view) =>
      look({
        job,
        limits: context.limits,
        results,
        session,
        source,
        view,
        pseudonymiser,
        warmUp: true,
        whole: false,
        progress: (done, found) => ({ progress: Math.min(1, done / found), eta_seconds: Math.round(((Date.now() - started) / 1000 / done) * Math.max(0, found - done)) }),
      })
    );
  } finally {
    await session.close();
  }
  await results.save({});
  await results.finish();
  await results.refresh();
}

export function openResults({ context, job, params, card }: Scoring): Promise<ScoringResults> {
  const { limits, rules, pseudonyms } = context;
  return ScoringResults.open({ job, params, card, limits, rules: { store: rules, names: (name) => entityAliases(pseudonyms, name) } });
}

export function openSession({ context, job, params }: Scoring, results: ScoringResults): ScoringSession {
  const { node, limits } = context;
  return new ScoringSession({ node, modelId: params.model_id, name: `${job.job.id}-${results.runs}`, context: Math.min(limits.pageSize, limits.scoreBatch), signal: job.signal });
}

/** Names that appear for the first time in these logs may be mentioned before they act: they are collected before the events are read, from the same view. */
export async function withIdentifiers<T>({ context, job, card, pseudonymiser }: Scoring, source: Source, work: (view?: PointInTime) => Promise<T>): Promise<T> {
  if (!pseudonymiser) return work();
  const { client, signal } = job;
  const view = await PointInTime.open({ client, index: source.index, signal });
  try {
    const { pageSize, slices } = context.limits;
    const known = pseudonymiser.collected().length;
    await collectIdentifiers(pseudonymiser, { client, source, pageSize, slices, view, signal });
    await context.pseudonyms.keep(client, card.id, pseudonymiser, known, signal);
    return await work(view);
  } finally {
    await view.close();
  }
}
