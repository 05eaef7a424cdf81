import { i18n } from '@kbn/i18n';
import type { z } from 'zod';
import { startAugmentSchema, startFinetuneSchema, startTrainSchema, trainOptionsSchema, type ModelCard, type PluginJob, type StartTrain, type TrainOptions } from '../../../common';
import { issueText } from '../../components/issue_text';
import { EMPTY_SOURCE, fromSource, patternOf, sourceProblem, toSource, type SourceState } from '../../components/source_state';
import type { LogsLink } from '../../discover/logs_link';

export interface TrainState {
  source: SourceState;
  options: TrainOptions;
  /** Absent: identifiers are learned as they are. Without fields: those that a sample suggests, once it is known. */
  pseudonymise?: { fields?: string[] };
}

export const emptyTrainState = (): TrainState => ({ source: EMPTY_SOURCE, options: trainOptionsSchema.parse({ name: 'model' }) });

/** A form for the logs that somebody came from. */
export const trainStateOf = ({ source, query_text }: LogsLink): TrainState => ({ ...emptyTrainState(), source: { ...fromSource(source), queryText: query_text } });

export function toRequest({ source, options, pseudonymise }: TrainState): StartTrain {
  const { time_field } = toSource(source);
  return { source: toSource(source), options: { ...options, ...(time_field ? { time_field } : {}) }, ...(pseudonymise?.fields ? { pseudonymise: { fields: pseudonymise.fields } } : {}) };
}

/** The first thing that keeps the form from being sent: the path of the field and what is wrong with it. */
export function trainProblem(state: TrainState): { field: string; message: string } | undefined {
  const problem = sourceProblem(state.source);
  if (problem) return problem;
  if (state.pseudonymise && !state.pseudonymise.fields?.length) {
    return { field: 'pseudonymise', message: i18n.translate('lyrebird.train.pseudonymsMissing', { defaultMessage: 'Choose the fields that hold identifiers, or switch pseudonyms off.' }) };
  }
  const result = startTrainSchema.safeParse(toRequest(state));
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  return { field: issue.path.slice(1).join('.'), message: issueText(issue) };
}

/** The settings that made a model: its job's, or what its card tells where the job is gone. */
export function retrainState(model: ModelCard, jobs: readonly PluginJob[]): TrainState {
  for (const job of jobs) {
    if (job.type !== 'train' || job.model_id !== model.id) continue;
    const params = startTrainSchema.safeParse(job.params);
    if (params.success) return { source: fromSource(params.data.source), options: params.data.options, pseudonymise: params.data.pseudonymise };
  }
  const { pseudonymised, ...options } = model.options;
  return {
    source: { ...EMPTY_SOURCE, index: patternOf(model.indices), timeField: model.time_field },
    options,
    ...(pseudonymised ? { pseudonymise: { fields: pseudonymised.fields } } : {}),
  };
}

/** Where a model's events came from, as people read it. */
export const sourceText = ({ source, indices }: Pick<ModelCard, 'source' | 'indices'>): string => (source || patternOf(indices)).split(',').join(', ');

/** Jobs that make a model: the page for training follows them. */
export const isTrainJob = ({ type }: Pick<PluginJob, 'type'>): boolean => type === 'train' || type === 'finetune' || type === 'augment';

const REQUESTS: Partial<Record<PluginJob['type'], z.ZodType<{ options: { name: string } }>>> = { finetune: startFinetuneSchema, augment: startAugmentSchema };

/** Name of the model that a training job makes. */
export function trainJobSubject(job: PluginJob): string | undefined {
  const params = (REQUESTS[job.type] ?? startTrainSchema).safeParse(job.params);
  return params.success ? params.data.options.name : job.model_id;
}
