import { i18n } from '@kbn/i18n';
import { finetuneOptionsSchema, startFinetuneSchema, type FinetuneOptions, type ModelCard, type StartFinetune } from '../../../common';
import { issueText } from '../../components/issue_text';
import { EMPTY_SOURCE, sourceProblem, toSource, type SourceState } from '../../components/source_state';

export interface FinetuneState {
  source: SourceState;
  options: FinetuneOptions;
}

export const emptyFinetuneState = (base: Pick<ModelCard, 'name'>): FinetuneState => ({
  source: EMPTY_SOURCE,
  options: finetuneOptionsSchema.parse({ name: i18n.translate('lyrebird.finetune.defaultName', { defaultMessage: '{name}, fine-tuned', values: { name: base.name.slice(0, 80) }, ignoreTag: true }) }),
});

export const toFinetuneRequest = ({ source, options }: FinetuneState, base: Pick<ModelCard, 'id'>): StartFinetune => ({ base_model_id: base.id, source: toSource(source), options });

/** What keeps the form from being sent, by the name of its field. */
export function finetuneProblem(state: FinetuneState, base: Pick<ModelCard, 'id'>): { field: string; message: string } | undefined {
  const problem = sourceProblem(state.source);
  if (problem) return problem;
  const checked = startFinetuneSchema.safeParse(toFinetuneRequest(state, base));
  if (checked.success) return undefined;
  const [issue] = checked.error.issues;
  return { field: issue.path.slice(1).join('.'), message: issueText(issue) };
}
