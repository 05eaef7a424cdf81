import { EuiConfirmModal, EuiFieldText, EuiFormRow, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { SYNTHETIC_INDEX_PREFIX, type ModelCard, type PluginJob } from '../../../common';
import { useStartGeneration } from '../../api/queries';
import { ErrorCallout } from '../../components/error_callout';
import { formatCount } from '../../components/format';
import { generateProblem, toOptions, type GenerateState } from './generate_state';

interface WriteModalProps {
  model: ModelCard;
  state: GenerateState;
  onChange(state: GenerateState): void;
  onStarted(job: PluginJob): void;
  onClose(): void;
}

/** Asks where to and how much before anything is written. */
export function WriteModal({ model, state, onChange, onStarted, onClose }: WriteModalProps) {
  const start = useStartGeneration(onStarted);
  const problem = generateProblem(state, model);
  const title = i18n.translate('lyrebird.write.title', {
    defaultMessage: 'Write {count} synthetic events?',
    values: { count: formatCount(state.count) },
  });
  return (
    <EuiConfirmModal
      title={title}
      aria-label={title}
      onCancel={onClose}
      onConfirm={() => start.mutate({ model_id: model.id, options: toOptions(state, model, state.count), ...(state.target ? { target_index: state.target } : {}) })}
      confirmButtonText={i18n.translate('lyrebird.write.confirm', { defaultMessage: 'Write {count} events', values: { count: formatCount(state.count) } })}
      cancelButtonText={i18n.translate('lyrebird.write.cancel', { defaultMessage: 'Cancel' })}
      confirmButtonDisabled={problem !== undefined}
      isLoading={start.isLoading}
      data-test-subj="lyrebirdWriteModal"
    >
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.write.target', { defaultMessage: 'Target index' })}
        helpText={i18n.translate('lyrebird.write.targetHelp', {
          defaultMessage: 'Left empty, each log type goes to its own index {prefix}…, with the mapping of the index that it was learned from.',
          values: { prefix: SYNTHETIC_INDEX_PREFIX },
        })}
        isInvalid={problem?.field === 'target'}
        error={problem?.message}
      >
        <EuiFieldText
          fullWidth
          value={state.target}
          placeholder={`${SYNTHETIC_INDEX_PREFIX}…`}
          isInvalid={problem?.field === 'target'}
          onChange={({ target }) => onChange({ ...state, target: target.value.trim() })}
          data-test-subj="lyrebirdWriteTarget"
        />
      </EuiFormRow>
      {start.isError && (
        <>
          <EuiSpacer size="m" />
          <ErrorCallout title={i18n.translate('lyrebird.write.refused', { defaultMessage: 'Writing did not start' })} error={start.error} />
        </>
      )}
    </EuiConfirmModal>
  );
}
