import { EuiBasicTable, EuiProgress, EuiText, type EuiBasicTableColumn } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { FieldSurprisal } from '../../../common';
import { formatNumber, formatProbability } from '../../components/format';
import { fieldLabel } from './explanation';
import { typicalTexts, valueText } from './value_text';

/** Surprisal of each field as a bar, what it was, and what the model expected instead. */
export function FieldBars({ fields }: { fields: readonly FieldSurprisal[] }) {
  const items = [...fields].sort((a, b) => b.surprisal - a.surprisal);
  const most = Math.max(1e-9, ...items.map(({ surprisal }) => surprisal));
  const columns: Array<EuiBasicTableColumn<FieldSurprisal>> = [
    {
      name: i18n.translate('lyrebird.bars.field', { defaultMessage: 'Field' }),
      render: ({ field, actual }: FieldSurprisal) => (
        <div style={{ overflowWrap: 'anywhere' }}>
          <strong>{fieldLabel(field)}</strong>
          <EuiText size="xs" color="subdued">
            <span>{valueText(actual, field)}</span>
          </EuiText>
        </div>
      ),
    },
    {
      name: i18n.translate('lyrebird.bars.surprise', { defaultMessage: 'Surprise, nats' }),
      width: '30%',
      render: ({ field, surprisal }: FieldSurprisal) => (
        <div style={{ width: '100%' }}>
          <EuiProgress
            value={Math.max(0, surprisal)}
            max={most}
            size="m"
            color={surprisal >= 5 ? 'danger' : surprisal >= 2 ? 'warning' : 'primary'}
            valueText={formatNumber(surprisal)}
            label=" "
            aria-label={fieldLabel(field)}
          />
        </div>
      ),
    },
    {
      name: i18n.translate('lyrebird.bars.typical', { defaultMessage: 'Typical here' }),
      render: ({ field, typical }: FieldSurprisal) => (
        <div style={{ overflowWrap: 'anywhere' }}>
          {typical.length === 0 && '–'}
          {typicalTexts({ field, typical }).slice(0, 3).map(({ value, probability }) => (
            <EuiText key={value} size="xs">
              <span>
                {value} <strong>{formatProbability(probability)}</strong>
              </span>
            </EuiText>
          ))}
        </div>
      ),
    },
  ];
  return (
    <EuiBasicTable
      items={items}
      columns={columns}
      compressed
      tableCaption={i18n.translate('lyrebird.bars.caption', { defaultMessage: 'How much each field surprised' })}
      data-test-subj="lyrebirdFieldBars"
    />
  );
}
