import { startAugmentSchema } from '../../common';
import { augmentationUnder } from '../../common/pseudonyms';
import type { ActiveJob } from '../jobs';
import { makeModel, modelIdOf, type ModelJobContext } from './make_model';
import { assertModelReadable } from './permissions';

/**
 * The work of a job that makes a model with synthetic events. Whoever starts it must be able to read what the base has learned. The events are read by
 * the base's time field and go to the node under its pseudonyms, where it has learned any; entities and values are asked for in the same words.
 */
export async function augment(context: ModelJobContext, job: ActiveJob): Promise<void> {
  const { base_model_id, source, options } = startAugmentSchema.parse(job.job.params);
  const base = await context.node.model(base_model_id, job.signal);
  await assertModelReadable(job.client, base);
  const modelId = job.job.model_id ?? modelIdOf(options.name, job.job.id);
  const pseudonymiser = await context.pseudonyms.forModel(job.client, base, job.signal);
  await makeModel(context, job, {
    source: { ...source, time_field: source.time_field ?? base.time_field },
    modelId,
    pseudonymiser: async () => pseudonymiser,
    request: (dataset_id) => ({ type: 'augment', base_model_id, dataset_id, model_id: modelId, options: pseudonymiser ? augmentationUnder(pseudonymiser, options, base) : options }),
  });
}
