import { startTrainSchema } from '../../common';
import type { ActiveJob } from '../jobs';
import { makeModel, modelIdOf, type ModelJobContext } from './make_model';

/** The work of a training job. */
export async function train(context: ModelJobContext, job: ActiveJob): Promise<void> {
  const { source, options, pseudonymise } = startTrainSchema.parse(job.job.params);
  const modelId = job.job.model_id ?? modelIdOf(options.name, job.job.id);
  await makeModel(context, job, {
    source,
    modelId,
    pseudonymiser: async () => pseudonymise && context.pseudonyms.forFields(pseudonymise.fields),
    request: (dataset_id, scheme) => ({
      type: 'train',
      dataset_id,
      model_id: modelId,
      options: {
        ...options,
        time_field: options.time_field ?? source.time_field,
        // What the events really carry, whatever the request's options say.
        pseudonymised: pseudonymise && scheme !== undefined ? { fields: pseudonymise.fields, scheme } : undefined,
      },
    }),
  });
}
