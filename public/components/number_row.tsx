import { EuiFieldNumber, EuiFormRow } from '@elastic/eui';

interface NumberRowProps {
  label: string;
  helpText?: string;
  /** NaN while the field is empty: schemas refuse it, and the refusal is shown here. */
  value: number;
  onChange(value: number): void;
  /** What is wrong with the value. */
  error?: string;
  min?: number;
  max?: number;
  /** Default: whole numbers. */
  step?: number | 'any';
  /** Unit, behind the number. */
  append?: string;
  compressed?: boolean;
  'data-test-subj': string;
}

/** A row of a form with a number. */
export function NumberRow({ label, helpText, value, onChange, error, min = 0, max, step = 1, append, compressed, 'data-test-subj': testSubject }: NumberRowProps) {
  const isInvalid = error !== undefined;
  return (
    <EuiFormRow fullWidth label={label} helpText={helpText} isInvalid={isInvalid} error={error}>
      <EuiFieldNumber
        fullWidth
        compressed={compressed}
        min={min}
        max={max}
        step={step}
        append={append}
        value={Number.isNaN(value) ? '' : value}
        isInvalid={isInvalid}
        onChange={({ target }) => onChange(target.value === '' ? Number.NaN : Number(target.value))}
        data-test-subj={testSubject}
      />
    </EuiFormRow>
  );
}
