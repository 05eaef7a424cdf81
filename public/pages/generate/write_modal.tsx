import { useState } from 'react';
import { EuiConfirmModal, EuiFieldText, EuiFormRow, EuiSpacer, EuiSwitch } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { SYNTHETIC_INDEX_PREFIX, type ModelCard, type PluginJob } from '../../../common';
import { useStartGeneration } from '../../api/queries';
import { ErrorCallout } from '../../components/error_callout';
import { formatCount, formatTime } from '../../components/format';
import { continuation, generateProblem, periodOf, toOptions, type GenerateState } from './generate_state';

interface WriteModalProps {
  model: ModelCard;
  state: GenerateState;
  onChange(state: GenerateState): void;
  onStarted(job: PluginJob): void;
  onClose(): void;
}

/** What is about to happen, as a question and as an answer. */
function texts(state: GenerateState, model: ModelCard): { title: string; confirm: string } {
  if (state.amount === 'count') {
    const values = { count: formatCount(state.count) };
    return {
      title: i18n.translate('lyrebird.write.title', { defaultMessage: 'Write {count} synthetic events?', values }),
      confirm: i18n.translate('lyrebird.write.confirm', { defaultMessage: 'Write {count} events', values }),
    };
  }
  const { from, to } = periodOf(state, model);
  return {
    title: from
      ? i18n.translate('lyrebird.write.titlePeriod', { defaultMessage: 'Write all synthetic events from {from} to {to}?', values: { from: formatTime(from), to: formatTime(to) } })
      : i18n.translate('lyrebird.write.titleUntil', { defaultMessage: 'Write all synthetic events until {to}?', values: { to: formatTime(to) } }),
    confirm: i18n.translate('lyrebird.write.confirmPeriod', { defaultMessage: 'Write the events' }),
  };
}

/** Asks where to and how much before anything is written. */
export function WriteModal({ model, state, onChange, onStarted, onClose }: WriteModalProps) {
  const start = useStartGeneration(onStarted);
  const problem = generateProblem(state, model);
  const [reveal, setReveal] = useState(false);
  const { title, confirm } = texts(state, model);
  return (
    <EuiConfirmModal
      title={title}
      aria-label={title}
      onCancel={onClose}
      onConfirm={() => start.mutate({ model_id: model.id, options: toOptions(state, model), ...continuation(state), ...(reveal ? { reveal } : {}), ...(state.target ? { target_index: state.target } : {}) })}
      confirmButtonText={confirm}
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
      {model.options.pseudonymised && (
        <EuiFormRow
          fullWidth
          helpText={i18n.translate('lyrebird.write.revealHelp', { defaultMessage: 'This model learned pseudonyms, and writes them. Mapping them back needs a privilege of its own and is logged.' })}
        >
          <EuiSwitch
            label={i18n.translate('lyrebird.write.reveal', { defaultMessage: 'Write the real identifiers instead' })}
            checked={reveal}
            onChange={({ target }) => setReveal(target.checked)}
            data-test-subj="lyrebirdWriteReveal"
          />
        </EuiFormRow>
      )}
      {start.isError && (
        <>
          <EuiSpacer size="m" />
          <ErrorCallout title={i18n.translate('lyrebird.write.refused', { defaultMessage: 'Writing did not start' })} error={start.error} />
        </>
      )}
    </EuiConfirmModal>
  );
}
