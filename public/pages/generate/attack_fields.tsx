import { EuiComboBox, EuiDatePicker, EuiFormRow, EuiSelect } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import moment from 'moment';
import { formatCompact } from '../../components/format';
import { NumberRow } from '../../components/number_row';
import { labels, type PartProps } from './form_parts';

/** Which attack, and into whose everyday activity. */
export function AttackFields({ model, state, patch, invalid }: PartProps) {
  const { technique, into, attackAt, variants } = state;
  return (
    <>
      <EuiFormRow
        fullWidth
        label={i18n.translate('lyrebird.generate.technique', { defaultMessage: 'ATT&CK technique' })}
        helpText={
          model.techniques.length === 0 ? i18n.translate('lyrebird.generate.noTechniques', { defaultMessage: 'This model saw no event that is labelled with a technique.' }) : undefined
        }
        {...invalid('technique')}
      >
        <EuiSelect
          fullWidth
          disabled={model.techniques.length === 0}
          value={technique}
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
      {technique !== '' && (
        <EuiFormRow
          fullWidth
          label={i18n.translate('lyrebird.generate.into', { defaultMessage: 'Attack this entity' })}
          helpText={i18n.translate('lyrebird.generate.intoHelp', {
            defaultMessage: 'The attack is written among its everyday events, by its own habits and without labels. Left empty, only events of the attack are written.',
          })}
          {...invalid('into')}
        >
          <EuiComboBox
            fullWidth
            singleSelection={{ asPlainText: true }}
            placeholder={i18n.translate('lyrebird.generate.intoNobody', { defaultMessage: 'Nobody in particular' })}
            options={labels(model.entities.map(({ name }) => name))}
            selectedOptions={into ? labels([into]) : []}
            onChange={([option]) => patch({ into: option?.label ?? '' })}
            data-test-subj="lyrebirdGenerateInto"
          />
        </EuiFormRow>
      )}
      {technique !== '' && into !== '' && (
        <>
          <EuiFormRow fullWidth label={i18n.translate('lyrebird.generate.attackAt', { defaultMessage: 'Attack at' })} {...invalid('attackAt')}>
            <EuiDatePicker
              fullWidth
              showTimeSelect
              selected={attackAt ? moment(attackAt) : null}
              onChange={(date) => patch({ attackAt: date?.toISOString() ?? '' })}
              onClear={() => patch({ attackAt: '' })}
              placeholder={i18n.translate('lyrebird.generate.attackAtDefault', { defaultMessage: 'Four hours after the start' })}
              dateFormat="YYYY-MM-DD HH:mm"
              timeFormat="HH:mm"
              data-test-subj="lyrebirdGenerateAttackAt"
            />
          </EuiFormRow>
          <NumberRow
            label={i18n.translate('lyrebird.generate.variants', { defaultMessage: 'Variants' })}
            helpText={i18n.translate('lyrebird.generate.variantsHelp', { defaultMessage: 'Attacks to write, each into a stream of its own.' })}
            min={1}
            value={variants}
            onChange={(value) => patch({ variants: value })}
            error={invalid('variants').error}
            data-test-subj="lyrebirdGenerateVariants"
          />
        </>
      )}
    </>
  );
}
