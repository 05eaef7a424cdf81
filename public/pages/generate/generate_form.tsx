import {
  EuiAccordion,
  EuiComboBox,
  EuiDatePicker,
  EuiFieldNumber,
  EuiFormRow,
  EuiRange,
  EuiSelect,
  EuiSpacer,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import moment from 'moment';
import type { ModelCard } from '../../../common';
import { formatCompact, formatNumber } from '../../components/format';
import { ModelSelect } from '../../components/model_select';
import type { GenerateState } from './generate_state';
import { PinRows } from './pin_rows';

interface GenerateFormProps {
  models: readonly ModelCard[];
  model: ModelCard;
  onModel(id: string): void;
  state: GenerateState;
  onChange(state: GenerateState): void;
  problem: { field: string; message: string } | undefined;
}

function temperatureText(temperature: number): string {
  if (temperature < 0.7) return i18n.translate('lyrebird.generate.cold', { defaultMessage: 'Cautious: what is most usual, again and again.' });
  if (temperature <= 1.05) return i18n.translate('lyrebird.generate.even', { defaultMessage: 'Faithful: as often as in your own events (1.0).' });
  return i18n.translate('lyrebird.generate.hot', { defaultMessage: 'Adventurous: rare things more often than they are.' });
}

/** What to write: as whom, what, how much, how boldly. */
export function GenerateForm({ models, model, onModel, state, onChange, problem }: GenerateFormProps) {
  const patch = (change: Partial<GenerateState>) => onChange({ ...state, ...change });
  const number = (text: string) => (text === '' ? Number.NaN : Number(text));
  const shown = (value: number) => (Number.isNaN(value) ? '' : value);
  const invalid = (field: string) => (problem?.field === field ? { isInvalid: true, error: problem.message } : {});
  const labels = (names: readonly string[]) => names.map((label) => ({ label }));
  return (
    <>
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.generate.model', { defaultMessage: 'Model' })}>
        <ModelSelect models={models} value={model.id} onChange={onModel} data-test-subj="lyrebirdGenerateModel" />
      </EuiFormRow>
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.generate.entities', { defaultMessage: 'Entities' })} {...invalid('entities')}>
        <EuiComboBox
          fullWidth
          placeholder={i18n.translate('lyrebird.generate.allEntities', { defaultMessage: 'All, as active as they are' })}
          options={model.entities.map(({ name, events }) => ({ label: name, append: <span>{formatCompact(events)}</span> }))}
          selectedOptions={labels(state.entities)}
          onChange={(options) => patch({ entities: options.map(({ label }) => label) })}
          data-test-subj="lyrebirdGenerateEntities"
        />
      </EuiFormRow>
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.generate.logTypes', { defaultMessage: 'Log types' })} {...invalid('log_types')}>
        <EuiComboBox
          fullWidth
          placeholder={i18n.translate('lyrebird.generate.allLogTypes', { defaultMessage: 'All' })}
          options={labels(model.log_types.map(({ name }) => name))}
          selectedOptions={labels(state.logTypes)}
          onChange={(options) => patch({ logTypes: options.map(({ label }) => label) })}
          data-test-subj="lyrebirdGenerateLogTypes"
        />
      </EuiFormRow>
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.generate.technique', { defaultMessage: 'ATT&CK technique' })}
        helpText={
          model.techniques.length === 0
            ? i18n.translate('lyrebird.generate.noTechniques', { defaultMessage: 'This model saw no event that is labelled with a technique.' })
            : undefined
        }
        {...invalid('technique')}
      >
        <EuiSelect
          fullWidth
          disabled={model.techniques.length === 0}
          value={state.technique}
          options={[
            { value: '', text: i18n.translate('lyrebird.generate.noTechnique', { defaultMessage: 'None: everyday activity' }) },
            ...model.techniques.map(({ id, events }) => ({
              value: id,
              text: i18n.translate('lyrebird.generate.techniqueOption', { defaultMessage: '{id} ({events} events learned)', values: { id, events: formatCompact(events) } }),
            })),
          ]}
          onChange={({ target }) => patch({ technique: target.value })}
          data-test-subj="lyrebirdGenerateTechnique"
        />
      </EuiFormRow>
      <PinRows model={model} logTypes={state.logTypes} pins={state.pins} onChange={(pins) => patch({ pins })} />
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.generate.count', { defaultMessage: 'Number of events' })} {...invalid('count')}>
        <EuiFieldNumber fullWidth min={1} step={1} value={shown(state.count)} isInvalid={problem?.field === 'count'} onChange={({ target }) => patch({ count: number(target.value) })} data-test-subj="lyrebirdGenerateCount" />
      </EuiFormRow>
      <EuiFormRow fullWidth label={i18n.translate('lyrebird.generate.from', { defaultMessage: 'Starting at' })} {...invalid('from')}>
        <EuiDatePicker
          fullWidth
          showTimeSelect
          selected={state.from ? moment(state.from) : null}
          onChange={(date) => patch({ from: date?.toISOString() ?? '' })}
          onClear={() => patch({ from: '' })}
          placeholder={i18n.translate('lyrebird.generate.fromDefault', {
            defaultMessage: 'End of the training data, {when}',
            values: { when: moment(model.time_range.to).format('YYYY-MM-DD HH:mm') },
          })}
          dateFormat="YYYY-MM-DD HH:mm"
          timeFormat="HH:mm"
          data-test-subj="lyrebirdGenerateFrom"
        />
      </EuiFormRow>
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.generate.temperature', { defaultMessage: 'Temperature' })}
        helpText={temperatureText(state.temperature)}
        {...invalid('temperature')}
      >
        <EuiRange
          fullWidth
          min={0.1}
          max={2}
          step={0.05}
          showInput
          value={state.temperature}
          onChange={({ currentTarget }) => patch({ temperature: Number(currentTarget.value) })}
          ticks={[0.5, 1, 1.5].map((value) => ({ value, label: formatNumber(value, 1) }))}
          showTicks
          aria-label={i18n.translate('lyrebird.generate.temperature', { defaultMessage: 'Temperature' })}
          data-test-subj="lyrebirdGenerateTemperature"
        />
      </EuiFormRow>
      <EuiSpacer size="m" />
      <EuiAccordion id="lyrebirdGenerateAdvanced" buttonContent={i18n.translate('lyrebird.generate.advanced', { defaultMessage: 'Advanced' })} data-test-subj="lyrebirdGenerateAdvanced" paddingSize="s">
        <EuiFormRow
          fullWidth
          label={i18n.translate('lyrebird.generate.topP', { defaultMessage: 'Top-p' })}
          helpText={i18n.translate('lyrebird.generate.topPHelp', { defaultMessage: 'Only the likeliest values that make up this share are drawn; 1 draws from all.' })}
          {...invalid('top_p')}
        >
          <EuiFieldNumber fullWidth min={0.01} max={1} step={0.01} value={shown(state.topP)} isInvalid={problem?.field === 'top_p'} onChange={({ target }) => patch({ topP: number(target.value) })} data-test-subj="lyrebirdGenerateTopP" />
        </EuiFormRow>
        <EuiFormRow
          fullWidth
          label={i18n.translate('lyrebird.generate.seed', { defaultMessage: 'Seed' })}
          helpText={i18n.translate('lyrebird.generate.seedHelp', { defaultMessage: 'The same seed and settings write the same events.' })}
          {...invalid('seed')}
        >
          <EuiFieldNumber fullWidth min={0} step={1} value={shown(state.seed)} isInvalid={problem?.field === 'seed'} onChange={({ target }) => patch({ seed: number(target.value) })} data-test-subj="lyrebirdGenerateSeed" />
        </EuiFormRow>
      </EuiAccordion>
    </>
  );
}
