import { EuiBasicTable, EuiLink, type CriteriaWithPagination, type EuiBasicTableColumn } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { AnomaliesQuery, AnomalyRecord } from '../../../common';
import { formatTime } from '../../components/format';
import { ScoreBadge } from '../../components/score_badge';
import { explain, surprising } from './explanation';

interface RecordsTableProps {
  records: AnomalyRecord[];
  total: number;
  query: Pick<AnomaliesQuery, 'page' | 'size' | 'sort' | 'order'>;
  isLoading: boolean;
  onQuery(query: Pick<AnomaliesQuery, 'page' | 'size' | 'sort' | 'order'>): void;
  onOpen(id: string): void;
}

/** How many records the search returns at most, page by page (`page` ends at 199). */
const MAX_PAGES = 200;

export function RecordsTable({ records, total, query, isLoading, onQuery, onOpen }: RecordsTableProps) {
  const columns: Array<EuiBasicTableColumn<AnomalyRecord>> = [
    { field: 'record_score', name: i18n.translate('lyrebird.records.score', { defaultMessage: 'Score' }), sortable: true, width: '100px', render: (score: number, { lyrebird }: AnomalyRecord) => <ScoreBadge score={lyrebird.hidden_score ?? score} /> },
    { field: 'timestamp', name: i18n.translate('lyrebird.records.time', { defaultMessage: 'Time' }), sortable: true, width: '170px', render: formatTime },
    { name: i18n.translate('lyrebird.records.entity', { defaultMessage: 'Entity' }), width: '16%', render: ({ lyrebird }: AnomalyRecord) => lyrebird.entity },
    { name: i18n.translate('lyrebird.records.logType', { defaultMessage: 'Log type' }), width: '16%', render: ({ lyrebird }: AnomalyRecord) => lyrebird.log_type },
    {
      name: i18n.translate('lyrebird.records.why', { defaultMessage: 'Why' }),
      render: (record: AnomalyRecord) => {
        const [top] = surprising(record.lyrebird.top_fields);
        return (
          <EuiLink onClick={() => onOpen(record._id)} data-test-subj="lyrebirdRecordOpen" style={{ overflowWrap: 'anywhere' }}>
            {top ? explain(top) : i18n.translate('lyrebird.records.open', { defaultMessage: 'Explain this event' })}
          </EuiLink>
        );
      },
    },
  ];
  return (
    <EuiBasicTable
      items={records}
      itemId="_id"
      columns={columns}
      loading={isLoading}
      sorting={{ sort: { field: query.sort, direction: query.order } }}
      pagination={{ pageIndex: query.page, pageSize: query.size, totalItemCount: Math.min(total, MAX_PAGES * query.size), pageSizeOptions: [10, 25, 50, 100] }}
      onChange={({ page, sort }: CriteriaWithPagination<AnomalyRecord>) =>
        onQuery({
          page: page.index,
          size: page.size,
          sort: sort?.field === 'timestamp' ? 'timestamp' : 'record_score',
          order: sort?.direction ?? 'desc',
        })
      }
      tableCaption={i18n.translate('lyrebird.records.caption', { defaultMessage: 'Anomalous events' })}
      noItemsMessage={i18n.translate('lyrebird.records.none', { defaultMessage: 'Nothing that scores this high here.' })}
      data-test-subj="lyrebirdRecordsTable"
    />
  );
}
