import { EuiAccordion, EuiComboBox, EuiFormRow, EuiRange, EuiSelect, EuiSpacer, EuiSwitch } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../../common';
import { formatNumber } from '../../components/format';
import { ModelSelect } from '../../components/model_select';
import { NumberRow } from '../../components/number_row';
import { AttackFields } from './attack_fields';
import { labels, type PartProps } from './form_parts';
import { isAttack, type GenerateState } from './generate_state';
import { PinRows } from './pin_rows';
import { TimeFields } from './time_fields';
import { WhoFields } from './who_fields';

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
  const invalid = (field: string) => (problem?.field === field ? { isInvalid: true, error: problem.message } : {});
  const part: PartProps = { model, state, patch, invalid };
  return (
    <>
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.generate.model', { defaultMessage: 'Model' })}
        helpText={
          model.options.fields &&
          i18n.translate('lyrebird.generate.modelOfFields', {
            defaultMessage: 'It has learned chosen fields alone, and writes no others: {fields}. Another model can write the rest around them (Advanced, Fields written first).',
            values: { fields: model.options.fields.join(', ') },
            ignoreTag: true,
          })
        }
      >
        <ModelSelect models={models} value={model.id} onChange={onModel} data-test-subj="lyrebirdGenerateModel" />
      </EuiFormRow>
      <WhoFields {...part} />
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
      <AttackFields {...part} />
      <PinRows model={model} logTypes={state.logTypes} pins={state.pins} onChange={(pins) => patch({ pins })} problem={invalid('pins').error} />
      <TimeFields {...part} />
      <Boldness {...part} models={models} />
    </>
  );
}

/** How the model draws. */
function Boldness({ models, model, state, patch, invalid }: PartProps & { models: readonly ModelCard[] }) {
  const alone = state.newEntities !== 0 && !isAttack(state);
  const first = models.filter(({ id, options }) => id !== model.id && options.fields !== undefined);
  return (
    <>
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
        <NumberRow
          label={i18n.translate('lyrebird.generate.topP', { defaultMessage: 'Top-p' })}
          helpText={i18n.translate('lyrebird.generate.topPHelp', { defaultMessage: 'Only the likeliest values that make up this share are drawn; 1 draws from all.' })}
          min={0.01}
          max={1}
          step={0.01}
          value={state.topP}
          onChange={(topP) => patch({ topP })}
          error={invalid('top_p').error}
          data-test-subj="lyrebirdGenerateTopP"
        />
        <NumberRow
          label={i18n.translate('lyrebird.generate.seed', { defaultMessage: 'Seed' })}
          helpText={i18n.translate('lyrebird.generate.seedHelp', { defaultMessage: 'The same seed and settings write the same events.' })}
          value={state.seed}
          onChange={(seed) => patch({ seed })}
          error={invalid('seed').error}
          data-test-subj="lyrebirdGenerateSeed"
        />
        {first.length > 0 && (
          <EuiFormRow
            fullWidth
            label={i18n.translate('lyrebird.generate.cascade', { defaultMessage: 'Fields written first' })}
            helpText={
              alone
                ? i18n.translate('lyrebird.generate.cascadeAlone', { defaultMessage: 'New entities are written by one model alone: two would give them different identities.' })
                : i18n.translate('lyrebird.generate.cascadeHelp', { defaultMessage: 'Another model writes times, log types and its fields; this one the rest of each event around them. What this one cannot complete is left out.' })
            }
            {...invalid('cascade')}
          >
            <EuiSelect
              fullWidth
              disabled={alone}
              value={alone ? '' : state.cascade}
              options={[
                { value: '', text: i18n.translate('lyrebird.generate.cascadeNone', { defaultMessage: 'None: this model writes all' }) },
                ...first.map(({ id, name, options }) => ({
                  value: id,
                  text: i18n.translate('lyrebird.generate.cascadeOption', { defaultMessage: '{fields}, by {name}', values: { name, fields: options.fields?.join(', ') ?? '' }, ignoreTag: true }),
                })),
              ]}
              onChange={({ target }) => patch({ cascade: target.value })}
              data-test-subj="lyrebirdGenerateCascade"
            />
          </EuiFormRow>
        )}
        <EuiFormRow
          fullWidth
          helpText={i18n.translate('lyrebird.generate.guardHelp', { defaultMessage: 'What would repeat a rare training event is drawn anew, and counted.' })}
        >
          <EuiSwitch
            label={i18n.translate('lyrebird.generate.guard', { defaultMessage: 'Never repeat a rare event' })}
            checked={state.guard}
            onChange={({ target }) => patch({ guard: target.checked })}
            data-test-subj="lyrebirdGenerateGuard"
          />
        </EuiFormRow>
      </EuiAccordion>
    </>
  );
}
