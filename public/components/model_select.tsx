import { EuiSelect } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../common';
import { formatCompact } from './format';

interface ModelSelectProps {
  models: readonly ModelCard[];
  value: string;
  onChange(id: string): void;
  'data-test-subj': string;
}

/** One of the trained models, by name. */
export function ModelSelect({ models, value, onChange, ...rest }: ModelSelectProps) {
  return (
    <EuiSelect
      fullWidth
      options={models.map((model) => ({
        value: model.id,
        text: i18n.translate('lyrebird.modelSelect.option', {
          defaultMessage: '{name} ({events} events)',
          values: { name: model.name, events: formatCompact(model.events.train + model.events.heldout) },
        }),
      }))}
      value={value}
      onChange={({ target }) => onChange(target.value)}
      aria-label={i18n.translate('lyrebird.modelSelect.label', { defaultMessage: 'Model' })}
      {...rest}
    />
  );
}
