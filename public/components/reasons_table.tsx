import { i18n } from '@kbn/i18n';
import { formatCount } from './format';
import { TitledTable } from './titled_table';

/** Why things were left out or refused, and how many each. Nothing where there is nothing. */
export function ReasonsTable({ title, reasons, 'data-test-subj': testSubject }: { title: string; reasons: Record<string, number>; 'data-test-subj': string }) {
  const items = Object.entries(reasons)
    .map(([reason, count]) => ({ reason, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
  if (items.length === 0) return null;
  return (
    <TitledTable
      title={title}
      items={items}
      columns={[
        { field: 'count', name: i18n.translate('lyrebird.reasons.count', { defaultMessage: 'Events' }), width: '100px', render: formatCount },
        { field: 'reason', name: i18n.translate('lyrebird.reasons.reason', { defaultMessage: 'Reason' }) },
      ]}
      data-test-subj={testSubject}
    />
  );
}
