import { useState } from 'react';
import { EuiComboBox, EuiFieldText, EuiFormRow, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard, PluginJob } from '../../../common';
import { useStartAugmentation } from '../../api/queries';
import { JobFlyout } from '../../components/job_flyout';
import { NumberRow } from '../../components/number_row';
import { SourceForm } from '../../components/source_form';
import { augmentProblem, emptyAugmentState, toAugmentRequest, type AugmentState } from './augment_state';

interface AugmentFlyoutProps {
  base: ModelCard;
  onStarted(job: PluginJob): void;
  onClose(): void;
}

/** Trains a model anew with synthetic events of entities with little history; the model itself stays as it is. */
export function AugmentFlyout({ base, onStarted, onClose }: AugmentFlyoutProps) {
  const [state, setState] = useState(() => emptyAugmentState(base));
  const [tried, setTried] = useState(false);
  const start = useStartAugmentation(onStarted);
  const problem = tried ? augmentProblem(state, base) : undefined;
  const { options } = state;
  const patch = (change: Partial<AugmentState['options']>) => setState({ ...state, options: { ...options, ...change } });
  const errorOf = (field: string) => (problem?.field === field ? { isInvalid: true, error: problem.message } : {});
  const submit = () => {
    setTried(true);
    if (!augmentProblem(state, base)) start.mutate(toAugmentRequest(state, base));
  };
  return (
    <JobFlyout
      title={i18n.translate('lyrebird.augment.title', { defaultMessage: 'Synthetic events for newcomers' })}
      help={i18n.translate('lyrebird.augment.help', {
        defaultMessage:
          'Whoever has little history looks odd whatever they do. A copy of {name} is trained with events written for them, after the habits of others who are like them. You then see, on events that neither model has learned, what each of the two reports.',
        values: { name: base.name },
        ignoreTag: true,
      })}
      startLabel={i18n.translate('lyrebird.augment.start', { defaultMessage: 'Train and compare' })}
      refusedTitle={i18n.translate('lyrebird.augment.refused', { defaultMessage: 'The training did not start' })}
      start={start}
      onSubmit={submit}
      onClose={onClose}
      subject="lyrebirdAugment"
    >
      <SourceForm value={state.source} onChange={(source) => setState({ ...state, source })} showProblems={tried} />
      <EuiSpacer size="m" />
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.augment.name', { defaultMessage: 'Name of the new model' })} {...errorOf('name')}>
        <EuiFieldText fullWidth maxLength={100} value={options.name} isInvalid={problem?.field === 'name'} onChange={({ target }) => patch({ name: target.value })} data-test-subj="lyrebirdAugmentName" />
      </EuiFormRow>
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.augment.entities', { defaultMessage: 'For whom' })}
        helpText={i18n.translate('lyrebird.augment.entitiesHelp', { defaultMessage: 'Everybody who has at most a quarter of the events that the entity in the middle has, unless you name some.' })}
        {...errorOf('entities')}
      >
        <EuiComboBox
          fullWidth
          placeholder={i18n.translate('lyrebird.augment.everybody', { defaultMessage: 'Everybody with little history' })}
          options={[...base.entities].reverse().map(({ name }) => ({ label: name }))}
          selectedOptions={options.entities.map((label) => ({ label }))}
          onChange={(chosen) => patch({ entities: chosen.map(({ label }) => label) })}
          onCreateOption={(label) => patch({ entities: [...options.entities, label.trim()] })}
          data-test-subj="lyrebirdAugmentEntities"
        />
      </EuiFormRow>
      <NumberRow
        label={i18n.translate('lyrebird.augment.minutes', { defaultMessage: 'Time to train' })}
        min={0.01}
        step="any"
        append={i18n.translate('lyrebird.train.minutesUnit', { defaultMessage: 'minutes' })}
        value={options.minutes ?? Number.NaN}
        onChange={(minutes) => patch({ minutes })}
        error={errorOf('minutes').error}
        data-test-subj="lyrebirdAugmentMinutes"
      />
    </JobFlyout>
  );
}
