import { EuiButtonEmpty, EuiButtonIcon, EuiComboBox, EuiFieldText, EuiFlexGroup, EuiFlexItem, EuiFormControlLayoutDelimited, EuiFormRow, EuiPanel, EuiSelect, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../../common';
import { knownValues, pinnableFields } from './generate_state';
import { PIN_KINDS, emptyPin, type Pin, type PinKind } from './pin_state';

interface PinRowsProps {
  model: ModelCard;
  logTypes: readonly string[];
  pins: readonly Pin[];
  onChange(pins: Pin[]): void;
  problem?: string;
}

const KIND_TEXT: Record<PinKind, string> = {
  is: i18n.translate('lyrebird.generate.pinIs', { defaultMessage: 'is' }),
  any: i18n.translate('lyrebird.generate.pinAny', { defaultMessage: 'is one of' }),
  range: i18n.translate('lyrebird.generate.pinRange', { defaultMessage: 'is between' }),
};

/** Fields and what every event must have there. */
export function PinRows({ model, logTypes, pins, onChange, problem }: PinRowsProps) {
  const fields = pinnableFields(model, logTypes);
  return (
    <EuiFormRow
      fullWidth
      label={i18n.translate('lyrebird.generate.where', { defaultMessage: 'Where' })}
      helpText={i18n.translate('lyrebird.generate.whereHelp', { defaultMessage: 'Every event then has this value, and what follows from it.' })}
      isInvalid={problem !== undefined}
      error={problem}
    >
      <div data-test-subj="lyrebirdGeneratePins">
        {pins.map((pin, i) => (
          <div key={i}>
            <PinRow
              n={i}
              pin={pin}
              fields={fields}
              model={model}
              onChange={(next) => onChange(pins.map((old, at) => (at === i ? next : old)))}
              onRemove={() => onChange(pins.filter((_, at) => at !== i))}
            />
            <EuiSpacer size="s" />
          </div>
        ))}
        <EuiButtonEmpty size="xs" flush="left" iconType="plusInCircle" isDisabled={fields.length === 0} onClick={() => onChange([...pins, emptyPin()])} data-test-subj="lyrebirdGeneratePinAdd">
          {i18n.translate('lyrebird.generate.pinAdd', { defaultMessage: 'Add a condition' })}
        </EuiButtonEmpty>
      </div>
    </EuiFormRow>
  );
}

interface PinRowProps {
  n: number;
  pin: Pin;
  fields: readonly string[];
  model: ModelCard;
  onChange(pin: Pin): void;
  onRemove(): void;
}

function PinRow({ n, pin, fields, model, onChange, onRemove }: PinRowProps) {
  const chooseField = (field: string) => {
    const kinds = model.fields.filter(({ path }) => path === field).map(({ kind }) => kind);
    onChange(emptyPin(field, kinds.includes('number') || kinds.includes('time') ? 'range' : 'is'));
  };
  return (
    <EuiPanel color="subdued" paddingSize="s">
      <EuiFlexGroup gutterSize="xs" responsive={false} alignItems="center">
        <EuiFlexItem style={{ minWidth: 0 }}>
          <EuiComboBox
            compressed
            fullWidth
            singleSelection={{ asPlainText: true }}
            placeholder={i18n.translate('lyrebird.generate.pinField', { defaultMessage: 'Field' })}
            aria-label={i18n.translate('lyrebird.generate.pinFieldLabel', { defaultMessage: 'Field {n}', values: { n: n + 1 } })}
            options={fields.map((label) => ({ label }))}
            selectedOptions={pin.field ? [{ label: pin.field }] : []}
            truncationProps={{ truncation: 'middle' }}
            onChange={([option]) => chooseField(option?.label ?? '')}
            data-test-subj={`lyrebirdGeneratePinField-${n}`}
          />
        </EuiFlexItem>
        <EuiFlexItem grow={false}>
          <EuiButtonIcon
            iconType="cross"
            color="text"
            aria-label={i18n.translate('lyrebird.generate.pinRemove', { defaultMessage: 'Remove condition {n}', values: { n: n + 1 } })}
            onClick={onRemove}
            data-test-subj={`lyrebirdGeneratePinRemove-${n}`}
          />
        </EuiFlexItem>
      </EuiFlexGroup>
      {pin.field !== '' && (
        <>
          <EuiSpacer size="xs" />
          <EuiFlexGroup gutterSize="xs" responsive={false} alignItems="flexStart">
            <EuiFlexItem grow={false} style={{ width: 112 }}>
              <EuiSelect
                compressed
                options={PIN_KINDS.map((value) => ({ value, text: KIND_TEXT[value] }))}
                value={pin.kind}
                onChange={({ target }) => onChange({ ...emptyPin(pin.field, target.value as PinKind), values: pin.values })}
                aria-label={i18n.translate('lyrebird.generate.pinKindLabel', { defaultMessage: 'Condition {n}', values: { n: n + 1 } })}
                data-test-subj={`lyrebirdGeneratePinKind-${n}`}
              />
            </EuiFlexItem>
            <EuiFlexItem style={{ minWidth: 0 }}>{pin.kind === 'range' ? <Range n={n} pin={pin} onChange={onChange} /> : <Values n={n} pin={pin} model={model} onChange={onChange} />}</EuiFlexItem>
          </EuiFlexGroup>
        </>
      )}
    </EuiPanel>
  );
}

function Values({ n, pin, model, onChange }: Pick<PinRowProps, 'n' | 'pin' | 'model' | 'onChange'>) {
  const one = pin.kind === 'is';
  const chosen = one ? pin.values.slice(0, 1) : pin.values;
  return (
    <EuiComboBox
      compressed
      fullWidth
      singleSelection={one ? { asPlainText: true } : false}
      placeholder={i18n.translate('lyrebird.generate.pinValue', { defaultMessage: 'Value' })}
      aria-label={i18n.translate('lyrebird.generate.pinValueLabel', { defaultMessage: 'Value {n}', values: { n: n + 1 } })}
      options={knownValues(model, pin.field).map((label) => ({ label }))}
      selectedOptions={chosen.map((label) => ({ label }))}
      onChange={(options) => onChange({ ...pin, values: options.map(({ label }) => label) })}
      onCreateOption={(value) => onChange({ ...pin, values: one ? [value] : [...pin.values, value] })}
      customOptionText={i18n.translate('lyrebird.generate.pinCreate', { defaultMessage: 'Use the value {searchValue}', values: { searchValue: '{searchValue}' } })}
      data-test-subj={`lyrebirdGeneratePinValue-${n}`}
    />
  );
}

function Range({ n, pin, onChange }: Pick<PinRowProps, 'n' | 'pin' | 'onChange'>) {
  const bound = (side: 'low' | 'high', label: string) => (
    <EuiFieldText
      controlOnly
      compressed
      value={pin[side]}
      placeholder={label}
      aria-label={label}
      onChange={({ target }) => onChange({ ...pin, [side]: target.value.trim() })}
      data-test-subj={`lyrebirdGeneratePin${side === 'low' ? 'Low' : 'High'}-${n}`}
    />
  );
  return (
    <EuiFormControlLayoutDelimited
      compressed
      fullWidth
      startControl={bound('low', i18n.translate('lyrebird.generate.pinFrom', { defaultMessage: 'from' }))}
      endControl={bound('high', i18n.translate('lyrebird.generate.pinTo', { defaultMessage: 'to' }))}
    />
  );
}
