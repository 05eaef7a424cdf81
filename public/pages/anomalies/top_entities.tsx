import { EuiBasicTable, EuiLink } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Anomalies } from '../../../common';
import { formatCount } from '../../components/format';
import { ScoreBadge } from '../../components/score_badge';

const SHOWN = 8;

/** Whose stretches of time score highest, with the anomalies in all of them. */
export function TopEntities({ entities, onEntity }: { entities: Anomalies['entities']; onEntity(name: string): void }) {
  return (
    <EuiBasicTable
      items={entities.slice(0, SHOWN)}
      compressed
      tableCaption={i18n.translate('lyrebird.topEntities.caption', { defaultMessage: 'Entities with the highest scores' })}
      columns={[
        {
          field: 'name',
          name: i18n.translate('lyrebird.topEntities.entity', { defaultMessage: 'Entity' }),
          render: (name: string) => (
            <EuiLink onClick={() => onEntity(name)} data-test-subj="lyrebirdTopEntity" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </EuiLink>
          ),
        },
        { field: 'max_score', name: i18n.translate('lyrebird.topEntities.score', { defaultMessage: 'Highest' }), width: '90px', render: (score: number) => <ScoreBadge score={score} /> },
        { field: 'records', name: i18n.translate('lyrebird.topEntities.records', { defaultMessage: 'Events' }), width: '70px', align: 'right' as const, render: formatCount },
      ]}
      data-test-subj="lyrebirdTopEntities"
    />
  );
}
