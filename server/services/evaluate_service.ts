import { generateOptionsSchema, startEvaluateSchema } from '../../common';
import type { ActiveJob } from '../jobs';
import { tryEvents } from './event_trial';
import { makeModel, type ModelJobContext } from './make_model';
import { assertModelReadable } from './permissions';

/** Events tried in an index: enough to meet what its mapping refuses in one event of a hundred. */
const TRIED_EVENTS = 500;

/**
 * The work of an evaluation: the source's events go to the node, under the model's pseudonyms where it has any, the node compares
 * what the model writes with them, and some of its events are tried in an index with the source's mapping, as the job's user. Taken up again,
 * it goes on at the node's job where that is there, and at the trial once it is done.
 */
export async function evaluate(context: ModelJobContext, job: ActiveJob): Promise<void> {
  const { model_id, source, options } = startEvaluateSchema.parse(job.job.params);
  const card = await context.node.model(model_id, job.signal);
  await assertModelReadable(job.client, card);
  await makeModel(context, job, {
    source: { ...source, time_field: source.time_field ?? card.time_field },
    modelId: model_id,
    readsModel: true,
    pseudonymiser: () => context.pseudonyms.forModel(job.client, card, job.signal),
    request: (dataset_id) => ({ type: 'evaluate', dataset_id, model_id, options }),
  });
  job.update({ stage: 'trying' });
  const { client, signal } = job;
  const events = context.node.generate(card.id, generateOptionsSchema.parse({ count: TRIED_EVENTS, from: card.heldout_from, seed: options.seed }), signal);
  const { trial, samples } = await tryEvents({ client, jobId: job.job.id, card, maxBytes: context.limits.bulkBytes, signal }, events);
  await context.node.recordTrial(card.id, trial, signal);
  job.update({ counts: { ...job.job.counts, refused: trial.tried - trial.accepted }, refusals: trial.refusals, refusal_samples: samples });
}
