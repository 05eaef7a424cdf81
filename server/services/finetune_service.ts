import { startFinetuneSchema } from '../../common';
import type { ActiveJob } from '../jobs';
import { makeModel, modelIdOf, type ModelJobContext } from './make_model';
import { assertModelReadable } from './permissions';

/**
 * The work of a fine-tuning job. Whoever teaches a model more may use what it has learned, and so must be able to read that. The events
 * are read by the base's time field and go to the node under the base's pseudonyms, where it has learned any.
 */
export async function finetune(context: ModelJobContext, job: ActiveJob): Promise<void> {
  const { base_model_id, source, options } = startFinetuneSchema.parse(job.job.params);
  const base = await context.node.model(base_model_id, job.signal);
  await assertModelReadable(job.client, base);
  const modelId = job.job.model_id ?? modelIdOf(options.name, job.job.id);
  await makeModel(context, job, {
    source: { ...source, time_field: source.time_field ?? base.time_field },
    modelId,
    pseudonymiser: () => context.pseudonyms.forModel(job.client, base, job.signal),
    request: (dataset_id) => ({ type: 'finetune', base_model_id, dataset_id, model_id: modelId, options }),
  });
}
