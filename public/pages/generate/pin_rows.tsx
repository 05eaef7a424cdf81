import { EuiButtonEmpty, EuiButtonIcon, EuiComboBox, EuiFlexGroup, EuiFlexItem, EuiFormRow, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../../common';
import { knownValues, pinnableFields, type Pin } from './generate_state';

interface PinRowsProps {
  model: ModelCard;
  logTypes: readonly string[];
  pins: readonly Pin[];
  onChange(pins: Pin[]): void;
}

/** Fields whose value every event must have. */
export function PinRows({ model, logTypes, pins, onChange }: PinRowsProps) {
  const fields = pinnableFields(model, logTypes);
  const set = (at: number, pin: Pin) => onChange(pins.map((old, i) => (i === at ? pin : old)));
  return (
    <EuiFormRow
      fullWidth
      label={i18n.translate('lyrebird.generate.where', { defaultMessage: 'Where' })}
      helpText={i18n.translate('lyrebird.generate.whereHelp', { defaultMessage: 'Every event then has this value, and what follows from it.' })}
    >
      <div data-test-subj="lyrebirdGeneratePins">
        {pins.map((pin, i) => (
          <div key={i}>
            <EuiFlexGroup gutterSize="xs" responsive={false} alignItems="center">
              <EuiFlexItem grow={3} style={{ minWidth: 0 }}>
                <EuiComboBox
                  compressed
                  fullWidth
                  singleSelection={{ asPlainText: true }}
                  placeholder={i18n.translate('lyrebird.generate.pinField', { defaultMessage: 'Field' })}
                  aria-label={i18n.translate('lyrebird.generate.pinFieldLabel', { defaultMessage: 'Field {n}', values: { n: i + 1 } })}
                  options={fields.map((label) => ({ label }))}
                  selectedOptions={pin.field ? [{ label: pin.field }] : []}
                  inputPopoverProps={{ panelMinWidth: 380 }}
                  truncationProps={{ truncation: 'middle' }}
                  onChange={([option]) => set(i, { field: option?.label ?? '', value: '' })}
                  data-test-subj={`lyrebirdGeneratePinField-${i}`}
                />
              </EuiFlexItem>
              <EuiFlexItem grow={2} style={{ minWidth: 0 }}>
                <EuiComboBox
                  compressed
                  fullWidth
                  singleSelection={{ asPlainText: true }}
                  placeholder={i18n.translate('lyrebird.generate.pinValue', { defaultMessage: 'Value' })}
                  aria-label={i18n.translate('lyrebird.generate.pinValueLabel', { defaultMessage: 'Value {n}', values: { n: i + 1 } })}
                  options={knownValues(model, pin.field).map((label) => ({ label }))}
                  selectedOptions={pin.value ? [{ label: pin.value }] : []}
                  inputPopoverProps={{ panelMinWidth: 300, anchorPosition: 'downRight' }}
                  truncationProps={{ truncation: 'middle' }}
                  onChange={([option]) => set(i, { ...pin, value: option?.label ?? '' })}
                  onCreateOption={(value) => set(i, { ...pin, value })}
                  isDisabled={!pin.field}
                  data-test-subj={`lyrebirdGeneratePinValue-${i}`}
                />
              </EuiFlexItem>
              <EuiFlexItem grow={false}>
                <EuiButtonIcon
                  iconType="cross"
                  color="text"
                  aria-label={i18n.translate('lyrebird.generate.pinRemove', { defaultMessage: 'Remove condition {n}', values: { n: i + 1 } })}
                  onClick={() => onChange(pins.filter((_, at) => at !== i))}
                  data-test-subj={`lyrebirdGeneratePinRemove-${i}`}
                />
              </EuiFlexItem>
            </EuiFlexGroup>
            <EuiSpacer size="xs" />
          </div>
        ))}
        <EuiButtonEmpty
          size="xs"
          flush="left"
          iconType="plusInCircle"
          isDisabled={fields.length === 0}
          onClick={() => onChange([...pins, { field: '', value: '' }])}
          data-test-subj="lyrebirdGeneratePinAdd"
        >
          {i18n.translate('lyrebird.generate.pinAdd', { defaultMessage: 'Add a field and its value' })}
        </EuiButtonEmpty>
      </div>
    </EuiFormRow>
  );
}
