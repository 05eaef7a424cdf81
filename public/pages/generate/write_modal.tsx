import { EuiCallOut, EuiConfirmModal, EuiFieldText, EuiFormRow, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { SYNTHETIC_INDEX_PREFIX, type ModelCard, type PluginJob } from '../../../common';
import { useStartGeneration } from '../../api/queries';
import { ErrorCallout } from '../../components/error_callout';
import { formatCount, formatTime } from '../../components/format';
import { generateProblem, isAttack, periodOf, toGenerateRequest, type GenerateState } from './generate_state';

interface WriteModalProps {
  model: ModelCard;
  state: GenerateState;
  onChange(state: GenerateState): void;
  onStarted(job: PluginJob): void;
  onClose(): void;
}

/** What is about to happen, as a question and as an answer. */
function texts(state: GenerateState, model: ModelCard): { title: string; confirm: string } {
  if (isAttack(state)) {
    const values = { technique: state.technique, into: state.into, variants: state.variants };
    return {
      title: i18n.translate('lyrebird.write.titleAttack', {
        defaultMessage: 'Write {technique} into the stream of {into}{variants, plural, one {} other {, in # variants}}?',
        values,
        ignoreTag: true,
      }),
      confirm: i18n.translate('lyrebird.write.confirmAttack', { defaultMessage: 'Write {variants, plural, one {the attack} other {# attacks}}', values }),
    };
  }
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
  const request = toGenerateRequest(state, model);
  const { title, confirm } = texts(state, model);
  return (
    <EuiConfirmModal
      title={title}
      aria-label={title}
      onCancel={onClose}
      onConfirm={() => start.mutate({ ...request, ...(state.target ? { target_index: state.target } : {}) })}
      confirmButtonText={confirm}
      cancelButtonText={i18n.translate('lyrebird.write.cancel', { defaultMessage: 'Cancel' })}
      confirmButtonDisabled={problem !== undefined}
      isLoading={start.isLoading}
      // The focus goes back to the button that opened this; the page stays where the job is shown.
      focusTrapProps={{ returnFocus: { preventScroll: true } }}
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
      {request.reveal && (
        <>
          <EuiSpacer size="m" />
          <EuiCallOut
            size="s"
            color="warning"
            iconType="eye"
            title={i18n.translate('lyrebird.write.revealed', { defaultMessage: 'Real identifiers are written, not pseudonyms' })}
            data-test-subj="lyrebirdWriteRevealed"
          />
        </>
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
