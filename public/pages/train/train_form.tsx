import { useCallback, useRef, useState } from 'react';
import {
  EuiAccordion,
  EuiButton,
  EuiComboBox,
  EuiFieldText,
  EuiFlexGroup,
  EuiFlexItem,
  EuiForm,
  EuiFormRow,
  EuiPanel,
  EuiSpacer,
  EuiSuperSelect,
  EuiSwitch,
  EuiText,
  EuiTitle,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { MODEL_SIZES, TOKENIZERS, privacyOptionsSchema, type PluginJob, type TrainOptions } from '../../../common';
import { useFields, useStartTraining } from '../../api/queries';
import { ErrorCallout } from '../../components/error_callout';
import { focusInvalid } from '../../components/focus_invalid';
import { NumberRow } from '../../components/number_row';
import { SourceForm } from '../../components/source_form';
import { PseudonymFields } from './pseudonym_fields';
import { SIZE_TEXT, TOKENIZER_TEXT } from './train_text';
import { toRequest, trainProblem, type TrainState } from './train_state';

interface TrainFormProps {
  initial: TrainState;
  onStarted(job: PluginJob): void;
}

/** What to learn on the left, how to learn it on the right. */
export function TrainForm({ initial, onStarted }: TrainFormProps) {
  const [state, setState] = useState(initial);
  const [tried, setTried] = useState(false);
  const panel = useRef<HTMLDivElement>(null);
  const start = useStartTraining(onStarted);
  const problem = tried ? trainProblem(state) : undefined;
  const patch = (options: Partial<TrainOptions>) => setState({ ...state, options: { ...state.options, ...options } });
  const pseudonymise = useCallback((value: TrainState['pseudonymise']) => setState((before) => ({ ...before, pseudonymise: value })), []);
  const submit = () => {
    setTried(true);
    if (trainProblem(state)) focusInvalid(panel.current);
    else start.mutate(toRequest(state));
  };
  return (
    <EuiPanel hasBorder hasShadow={false} paddingSize="l" panelRef={panel}>
      <EuiForm
        component="form"
        noValidate
        onSubmit={(event: React.FormEvent) => {
          event.preventDefault();
          submit();
        }}
        data-test-subj="lyrebirdTrainForm"
      >
        <EuiFlexGroup gutterSize="xl">
          <EuiFlexItem>
            <EuiTitle size="xs">
              <h2>{i18n.translate('lyrebird.train.what', { defaultMessage: 'What to learn' })}</h2>
            </EuiTitle>
            <EuiSpacer size="m" />
            <SourceForm
              value={state.source}
              onChange={(source) =>
                setState({
                  ...state,
                  source,
                  // Other logs hold their identifiers in other fields.
                  ...(state.pseudonymise && source.index !== state.source.index ? { pseudonymise: source.index ? {} : undefined } : {}),
                })
              }
              showProblems={tried}
            />
            <EntityAndExcludedFields state={state} patch={patch} />
            <PseudonymFields source={state.source} value={state.pseudonymise} onChange={pseudonymise} problem={problem?.field === 'pseudonymise' ? problem.message : undefined} />
          </EuiFlexItem>
          <EuiFlexItem>
            <EuiTitle size="xs">
              <h2>{i18n.translate('lyrebird.train.how', { defaultMessage: 'How to learn it' })}</h2>
            </EuiTitle>
            <EuiSpacer size="m" />
            <Settings state={state} patch={patch} problem={problem} />
          </EuiFlexItem>
        </EuiFlexGroup>
        <EuiSpacer size="l" />
        {start.isError && (
          <>
            <ErrorCallout title={i18n.translate('lyrebird.train.refused', { defaultMessage: 'Training did not start' })} error={start.error} />
            <EuiSpacer size="m" />
          </>
        )}
        <EuiButton type="submit" fill iconType="play" isLoading={start.isLoading} data-test-subj="lyrebirdTrainStart">
          {i18n.translate('lyrebird.train.start', { defaultMessage: 'Train the model' })}
        </EuiButton>
      </EuiForm>
    </EuiPanel>
  );
}

/** A budget that is commonly taken for a fair trade between privacy and likeness. */
const DEFAULT_PRIVACY: NonNullable<TrainOptions['privacy']> = privacyOptionsSchema.parse({ epsilon: 8 });

interface SectionProps {
  state: TrainState;
  patch(options: Partial<TrainOptions>): void;
}

function EntityAndExcludedFields({ state, patch }: SectionProps) {
  const fields = useFields(state.source.index).data;
  const { entity_fields, exclude_fields, fields: only = [] } = state.options;
  const names = (fields?.fields ?? []).map(({ name }) => name);
  const pickers = [
    {
      key: 'entity_fields' as const,
      chosen: entity_fields,
      known: fields?.entity_fields ?? [],
      label: i18n.translate('lyrebird.train.entity', { defaultMessage: 'Entity fields' }),
      help: i18n.translate('lyrebird.train.entityHelp', {
        defaultMessage: 'Who acts: the first of these that an event has. Left empty, it is found among common names.',
      }),
      placeholder: fields?.entity_fields[0] ?? 'user.name',
      subject: 'lyrebirdTrainEntityFields',
    },
    {
      key: 'exclude_fields' as const,
      chosen: exclude_fields,
      known: names,
      label: i18n.translate('lyrebird.train.exclude', { defaultMessage: 'Fields to leave out' }),
      help: i18n.translate('lyrebird.train.excludeHelp', { defaultMessage: 'Never learned, so never written: secrets, free text, what must not be repeated.' }),
      placeholder: i18n.translate('lyrebird.train.excludeNone', { defaultMessage: 'None' }),
      subject: 'lyrebirdTrainExcludeFields',
    },
    {
      key: 'fields' as const,
      chosen: only,
      known: names,
      label: i18n.translate('lyrebird.train.only', { defaultMessage: 'Only these fields' }),
      help: i18n.translate('lyrebird.train.onlyHelp', {
        defaultMessage: 'Beside time, entity and log type. A model of a few fields can write these first, and another model the rest around them. Left empty, all are learned.',
      }),
      placeholder: i18n.translate('lyrebird.train.onlyAll', { defaultMessage: 'All' }),
      subject: 'lyrebirdTrainOnlyFields',
    },
  ];
  // None of `fields` means all of them.
  const choose = (key: (typeof pickers)[number]['key'], chosen: string[]) => patch({ [key]: key === 'fields' && chosen.length === 0 ? undefined : chosen });
  return (
    <>
      <EuiSpacer size="m" />
      {pickers.map(({ key, chosen, known, label, help, placeholder, subject }) => (
        <EuiFormRow key={key} fullWidth label={label} helpText={help}>
          <EuiComboBox
            fullWidth
            placeholder={placeholder}
            options={known.filter((name) => !chosen.includes(name)).map((name) => ({ label: name }))}
            selectedOptions={chosen.map((name) => ({ label: name }))}
            onChange={(options) => choose(key, options.map((option) => option.label))}
            onCreateOption={(name) => choose(key, [...chosen, name.trim()])}
            isDisabled={!state.source.index}
            data-test-subj={subject}
          />
        </EuiFormRow>
      ))}
    </>
  );
}

function Settings({ state, patch, problem }: SectionProps & { problem: { field: string; message: string } | undefined }) {
  const { name, size, minutes, seed, tokenizer, entity_normalise, privacy } = state.options;
  const errorOf = (field: string) => (problem?.field === field ? { isInvalid: true, error: problem.message } : {});
  return (
    <>
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.train.name', { defaultMessage: 'Name' })} {...errorOf('name')}>
        <EuiFieldText fullWidth value={name} maxLength={100} isInvalid={problem?.field === 'name'} onChange={({ target }) => patch({ name: target.value })} data-test-subj="lyrebirdTrainName" />
      </EuiFormRow>
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.train.size', { defaultMessage: 'Size' })} helpText={SIZE_TEXT[size].trade}>
        <EuiSuperSelect
          fullWidth
          hasDividers
          valueOfSelected={size}
          onChange={(value) => patch({ size: value })}
          options={MODEL_SIZES.map((value) => ({
            value,
            inputDisplay: SIZE_TEXT[value].label,
            dropdownDisplay: (
              <>
                <strong>{SIZE_TEXT[value].label}</strong>
                <EuiText size="s" color="subdued">
                  <p>{SIZE_TEXT[value].trade}</p>
                </EuiText>
              </>
            ),
            'data-test-subj': `lyrebirdTrainSize-${value}`,
          }))}
          data-test-subj="lyrebirdTrainSize"
        />
      </EuiFormRow>
      <NumberRow
        label={i18n.translate('lyrebird.train.minutes', { defaultMessage: 'Time to train' })}
        helpText={i18n.translate('lyrebird.train.minutesHelp', { defaultMessage: 'At most; little data is learned sooner. Reading and preparing come on top.' })}
        min={0.01}
        step="any"
        append={i18n.translate('lyrebird.train.minutesUnit', { defaultMessage: 'minutes' })}
        value={minutes}
        onChange={(value) => patch({ minutes: value })}
        error={errorOf('minutes').error}
        data-test-subj="lyrebirdTrainMinutes"
      />
      <EuiSpacer size="m" />
      <EuiAccordion id="lyrebirdTrainAdvanced" buttonContent={i18n.translate('lyrebird.train.advanced', { defaultMessage: 'Advanced' })} data-test-subj="lyrebirdTrainAdvanced" paddingSize="s" forceState={problem?.field === 'seed' || problem?.field.startsWith('privacy') ? 'open' : undefined}>
        <NumberRow
          label={i18n.translate('lyrebird.train.seed', { defaultMessage: 'Seed' })}
          helpText={i18n.translate('lyrebird.train.seedHelp', { defaultMessage: 'The same seed, events and number of steps give the same model.' })}
          value={seed}
          onChange={(value) => patch({ seed: value })}
          error={errorOf('seed').error}
          data-test-subj="lyrebirdTrainSeed"
        />
        <EuiFormRow fullWidth label={i18n.translate('lyrebird.train.tokenizer', { defaultMessage: 'How events become tokens' })} helpText={TOKENIZER_TEXT[tokenizer].trade}>
          <EuiSuperSelect
            fullWidth
            valueOfSelected={tokenizer}
            onChange={(value) => patch({ tokenizer: value })}
            options={TOKENIZERS.map((value) => ({ value, inputDisplay: TOKENIZER_TEXT[value].label }))}
            data-test-subj="lyrebirdTrainTokenizer"
          />
        </EuiFormRow>
        <EuiFormRow fullWidth>
          <EuiSwitch
            label={i18n.translate('lyrebird.train.normalise', { defaultMessage: '{names} and jdoe are one person', values: { names: 'jdoe@example.com, EXAMPLE\\jdoe' } })}
            checked={entity_normalise}
            onChange={({ target }) => patch({ entity_normalise: target.checked })}
            data-test-subj="lyrebirdTrainNormalise"
          />
        </EuiFormRow>
        <EuiFormRow
          fullWidth
          helpText={i18n.translate('lyrebird.train.privacyHelp', {
            defaultMessage: 'Noise keeps the weights from telling about any one stretch of an entity’s events. Costs time and likeness; which values occur at all is not hidden by it.',
          })}
        >
          <EuiSwitch
            label={i18n.translate('lyrebird.train.privacy', { defaultMessage: 'Differential privacy' })}
            checked={privacy !== undefined}
            onChange={({ target }) => patch({ privacy: target.checked ? DEFAULT_PRIVACY : undefined })}
            data-test-subj="lyrebirdTrainPrivacy"
          />
        </EuiFormRow>
        {privacy && (
          <NumberRow
            label={i18n.translate('lyrebird.train.epsilon', { defaultMessage: 'Privacy budget, epsilon' })}
            helpText={i18n.translate('lyrebird.train.epsilonHelp', { defaultMessage: 'Training ends when it is spent. 1 is strict, 8 is common, far above it protects little; delta is {delta}.', values: { delta: privacy.delta } })}
            min={0.01}
            step="any"
            value={privacy.epsilon ?? Number.NaN}
            onChange={(epsilon) => patch({ privacy: { ...privacy, epsilon } })}
            error={errorOf('privacy.epsilon').error}
            data-test-subj="lyrebirdTrainEpsilon"
          />
        )}
      </EuiAccordion>
    </>
  );
}
