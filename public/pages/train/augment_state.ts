import { i18n } from '@kbn/i18n';
import { augmentOptionsSchema, startAugmentSchema, type AugmentOptions, type ModelCard, type StartAugment } from '../../../common';
import { issueText } from '../../components/issue_text';
import { EMPTY_SOURCE, patternOf, sourceProblem, toSource, type SourceState } from '../../components/source_state';

export interface AugmentState {
  source: SourceState;
  options: AugmentOptions;
}

/** The base must be trained anew: on all log types and fields, from the start, by its own weights alone. */
export const canAugment = ({ finetune, tokenizer, options }: Pick<ModelCard, 'finetune' | 'tokenizer' | 'options'>): boolean =>
  finetune === undefined && tokenizer === 'field' && !options.sessions && options.fields === undefined;

/** Everybody with little history, from what the base learned from on: later events judge. */
export const emptyAugmentState = (base: Pick<ModelCard, 'name' | 'indices' | 'time_field' | 'options'>): AugmentState => ({
  source: { ...EMPTY_SOURCE, index: patternOf(base.indices), timeField: base.time_field },
  options: augmentOptionsSchema.parse({ name: i18n.translate('lyrebird.augment.defaultName', { defaultMessage: '{name}, augmented', values: { name: base.name.slice(0, 80) }, ignoreTag: true }), minutes: base.options.minutes }),
});

export const toAugmentRequest = ({ source, options }: AugmentState, base: Pick<ModelCard, 'id'>): StartAugment => ({ base_model_id: base.id, source: toSource(source), options });

/** What keeps the form from being sent, by the name of its field. */
export function augmentProblem(state: AugmentState, base: Pick<ModelCard, 'id'>): { field: string; message: string } | undefined {
  const problem = sourceProblem(state.source);
  if (problem) return problem;
  const checked = startAugmentSchema.safeParse(toAugmentRequest(state, base));
  if (checked.success) return undefined;
  const [issue] = checked.error.issues;
  return { field: issue.path.slice(1).join('.'), message: issueText(issue) };
}
