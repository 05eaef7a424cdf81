import { useState } from 'react';
import {
  EuiBadge,
  EuiBasicTable,
  EuiButtonEmpty,
  EuiButtonIcon,
  EuiCallOut,
  EuiCodeBlock,
  EuiCopy,
  EuiFlexGroup,
  EuiFlexItem,
  EuiScreenReaderOnly,
  EuiSpacer,
  EuiText,
  type EuiBasicTableColumn,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { LogEvent, PreviewResult } from '../../../common';
import { downloadFile } from '../../components/download_file';
import { formatCount, formatTime } from '../../components/format';
import { summarise } from './event_summary';
import { leftOutText } from './left_out_text';

type Row = PreviewResult['events'][number] & { key: string };

/** Events that the model wrote just now, none of them stored; `cascade`: after another one. */
export function PreviewTable({ result, cascade }: { result: PreviewResult; cascade: boolean }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const rows: Row[] = result.events.map((event, i) => ({ ...event, key: String(i) }));
  const several = rows.some(({ variant }) => variant !== undefined && variant > 1);
  const ndjson = result.events.map(({ _source }) => JSON.stringify(_source)).join('\n') + '\n';
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  const columns: Array<EuiBasicTableColumn<Row>> = [
    {
      width: '40px',
      isExpander: true,
      name: (
        <EuiScreenReaderOnly>
          <span>{i18n.translate('lyrebird.preview.details', { defaultMessage: 'Details' })}</span>
        </EuiScreenReaderOnly>
      ),
      render: ({ key }: Row) => (
        <EuiButtonIcon
          iconType={open.has(key) ? 'arrowDown' : 'arrowRight'}
          color="text"
          aria-expanded={open.has(key)}
          aria-label={open.has(key) ? i18n.translate('lyrebird.preview.hide', { defaultMessage: 'Hide the event' }) : i18n.translate('lyrebird.preview.show', { defaultMessage: 'Show the event' })}
          onClick={() => toggle(key)}
          data-test-subj={`lyrebirdPreviewExpand-${key}`}
        />
      ),
    },
    { field: 'timestamp', name: i18n.translate('lyrebird.preview.time', { defaultMessage: 'Time' }), width: '140px', render: formatTime },
    { field: 'entity', name: i18n.translate('lyrebird.preview.entity', { defaultMessage: 'Entity' }), width: '18%', truncateText: true },
    { field: 'log_type', name: i18n.translate('lyrebird.preview.type', { defaultMessage: 'Log type' }), width: '18%', truncateText: true },
    {
      name: i18n.translate('lyrebird.preview.what', { defaultMessage: 'What' }),
      render: ({ _source, technique, variant }: Row) => (
        <span>
          {technique && <EuiBadge color="accent">{technique}</EuiBadge>}{' '}
          {several && <EuiBadge color="hollow">{i18n.translate('lyrebird.preview.variant', { defaultMessage: 'variant {variant}', values: { variant } })}</EuiBadge>} {summarise(_source as LogEvent)}
        </span>
      ),
    },
  ];
  return (
    <div data-test-subj="lyrebirdPreview">
      <EuiFlexGroup alignItems="center" gutterSize="s" responsive={false} wrap>
        <EuiFlexItem>
          <EuiText size="s" color="subdued">
            <p data-test-subj="lyrebirdPreviewCount">
              {i18n.translate('lyrebird.preview.count', { defaultMessage: '{count} events, not stored anywhere', values: { count: formatCount(rows.length) } })}
            </p>
          </EuiText>
        </EuiFlexItem>
        <EuiFlexItem grow={false}>
          <EuiCopy textToCopy={ndjson}>
            {(copy) => (
              <EuiButtonEmpty size="s" iconType="copy" onClick={copy} data-test-subj="lyrebirdPreviewCopy">
                {i18n.translate('lyrebird.preview.copy', { defaultMessage: 'Copy NDJSON' })}
              </EuiButtonEmpty>
            )}
          </EuiCopy>
        </EuiFlexItem>
        <EuiFlexItem grow={false}>
          <EuiButtonEmpty size="s" iconType="download" onClick={() => downloadFile('lyrebird-preview.ndjson', 'application/x-ndjson', ndjson)} data-test-subj="lyrebirdPreviewDownload">
            {i18n.translate('lyrebird.preview.download', { defaultMessage: 'Download' })}
          </EuiButtonEmpty>
        </EuiFlexItem>
      </EuiFlexGroup>
      {result.malformed > 0 && (
        <>
          <EuiSpacer size="s" />
          <EuiCallOut
            size="s"
            color="warning"
            iconType="warning"
            title={i18n.translate('lyrebird.preview.malformed', {
              defaultMessage: '{count, plural, one {# more event was} other {# more events were}} not valid JSON and left out',
              values: { count: result.malformed },
            })}
          />
        </>
      )}
      {(result.left_out ?? 0) > 0 && (
        <>
          <EuiSpacer size="s" />
          <EuiText size="s" color="subdued">
            <p data-test-subj="lyrebirdPreviewLeftOut">{leftOutText(result.left_out ?? 0, cascade)}</p>
          </EuiText>
        </>
      )}
      <EuiSpacer size="s" />
      <EuiBasicTable
        items={rows}
        itemId="key"
        columns={columns}
        compressed
        itemIdToExpandedRowMap={Object.fromEntries(
          rows
            .filter(({ key }) => open.has(key))
            .map(({ key, _source }) => [
              key,
              <div key={key} style={{ width: '100%', minWidth: 0 }}>
                <EuiCodeBlock language="json" fontSize="s" paddingSize="s" isCopyable overflowHeight={360}>
                  {JSON.stringify(_source, null, 2)}
                </EuiCodeBlock>
              </div>,
            ])
        )}
        tableCaption={i18n.translate('lyrebird.preview.caption', { defaultMessage: 'Synthetic events' })}
        data-test-subj="lyrebirdPreviewTable"
      />
    </div>
  );
}
