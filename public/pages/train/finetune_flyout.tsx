import { useState } from 'react';
import { EuiComboBox, EuiFieldText, EuiFormRow, EuiSpacer, EuiSwitch } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard, PluginJob } from '../../../common';
import { useStartFinetuning } from '../../api/queries';
import { JobFlyout } from '../../components/job_flyout';
import { NumberRow } from '../../components/number_row';
import { SourceForm } from '../../components/source_form';
import { emptyFinetuneState, finetuneProblem, toFinetuneRequest, type FinetuneState } from './finetune_state';

interface FinetuneFlyoutProps {
  base: ModelCard;
  onStarted(job: PluginJob): void;
  onClose(): void;
}

/** Teaches a model more, from labelled attacks or from other events; the model itself stays as it is. */
export function FinetuneFlyout({ base, onStarted, onClose }: FinetuneFlyoutProps) {
  const [state, setState] = useState(() => emptyFinetuneState(base));
  const [tried, setTried] = useState(false);
  const start = useStartFinetuning(onStarted);
  const problem = tried ? finetuneProblem(state, base) : undefined;
  const submit = () => {
    setTried(true);
    if (!finetuneProblem(state, base)) start.mutate(toFinetuneRequest(state, base));
  };
  return (
    <JobFlyout
      title={i18n.translate('lyrebird.finetune.title', { defaultMessage: 'Fine-tune {name}', values: { name: base.name }, ignoreTag: true })}
      help={i18n.translate('lyrebird.finetune.help', {
        defaultMessage: 'A new model that knows what this one knows, and what you show it now: a few dozen examples of an attack are enough. This one stays as it is.',
      })}
      startLabel={i18n.translate('lyrebird.finetune.start', { defaultMessage: 'Fine-tune' })}
      refusedTitle={i18n.translate('lyrebird.finetune.refused', { defaultMessage: 'Fine-tuning did not start' })}
      start={start}
      onSubmit={submit}
      onClose={onClose}
      subject="lyrebirdFinetune"
    >
      <SourceForm value={state.source} onChange={(source) => setState({ ...state, source })} showProblems={tried} />
      <EuiSpacer size="m" />
      <Settings state={state} base={base} onChange={setState} problem={problem} />
    </JobFlyout>
  );
}

interface SettingsProps {
  state: FinetuneState;
  base: ModelCard;
  onChange(state: FinetuneState): void;
  problem: { field: string; message: string } | undefined;
}

function Settings({ state, base, onChange, problem }: SettingsProps) {
  const { options } = state;
  const patch = (change: Partial<FinetuneState['options']>) => onChange({ ...state, options: { ...options, ...change } });
  const errorOf = (field: string) => (problem?.field === field ? { isInvalid: true, error: problem.message } : {});
  return (
    <>
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.finetune.name', { defaultMessage: 'Name of the new model' })} {...errorOf('name')}>
        <EuiFieldText fullWidth maxLength={100} value={options.name} isInvalid={problem?.field === 'name'} onChange={({ target }) => patch({ name: target.value })} data-test-subj="lyrebirdFinetuneName" />
      </EuiFormRow>
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.finetune.label', { defaultMessage: 'Technique of events without a label' })}
        helpText={i18n.translate('lyrebird.finetune.labelHelp', {
          defaultMessage: 'Where the events name their technique (threat.technique.id), leave this empty: those without one then count as everyday activity.',
        })}
        {...errorOf('label')}
      >
        <EuiComboBox
          fullWidth
          singleSelection={{ asPlainText: true }}
          placeholder={i18n.translate('lyrebird.finetune.labelNone', { defaultMessage: 'None, or an id such as T1530' })}
          options={base.techniques.map(({ id }) => ({ label: id }))}
          selectedOptions={options.label ? [{ label: options.label }] : []}
          isInvalid={problem?.field === 'label'}
          onChange={([option]) => patch({ label: option?.label })}
          onCreateOption={(label) => patch({ label: label.trim().toUpperCase() })}
          data-test-subj="lyrebirdFinetuneLabel"
        />
      </EuiFormRow>
      <NumberRow
        label={i18n.translate('lyrebird.finetune.minutes', { defaultMessage: 'Time to train' })}
        helpText={i18n.translate('lyrebird.finetune.minutesHelp', { defaultMessage: 'At most; it ends earlier when held-out events gain no more.' })}
        min={0.01}
        step="any"
        append={i18n.translate('lyrebird.train.minutesUnit', { defaultMessage: 'minutes' })}
        value={options.minutes}
        onChange={(minutes) => patch({ minutes })}
        error={errorOf('minutes').error}
        data-test-subj="lyrebirdFinetuneMinutes"
      />
      <EuiFormRow fullWidth helpText={i18n.translate('lyrebird.finetune.loraHelp', { defaultMessage: 'Low-rank adapters (LoRA): a small file on top of the base, instead of a whole new model.' })}>
        <EuiSwitch
          label={i18n.translate('lyrebird.finetune.lora', { defaultMessage: 'Only adapters' })}
          checked={options.lora_rank !== undefined}
          onChange={({ target }) => patch({ lora_rank: target.checked ? DEFAULT_RANK : undefined })}
          data-test-subj="lyrebirdFinetuneLora"
        />
      </EuiFormRow>
      {options.lora_rank !== undefined && (
        <NumberRow
          label={i18n.translate('lyrebird.finetune.rank', { defaultMessage: 'Rank' })}
          helpText={i18n.translate('lyrebird.finetune.rankHelp', { defaultMessage: 'Higher learns more and takes more room.' })}
          min={1}
          max={256}
          value={options.lora_rank}
          onChange={(lora_rank) => patch({ lora_rank })}
          error={errorOf('lora_rank').error}
          data-test-subj="lyrebirdFinetuneRank"
        />
      )}
    </>
  );
}

const DEFAULT_RANK = 8;
