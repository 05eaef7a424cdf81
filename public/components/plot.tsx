import { useState, type ReactNode } from 'react';
import { EuiBasicTable, EuiButtonIcon, EuiFlexGroup, EuiFlexItem, EuiPanel, EuiSpacer, EuiText, EuiTitle, EuiToolTip } from '@elastic/eui';
import { i18n } from '@kbn/i18n';

/** What a plot shows, in words: the first column names, the others are figures. */
export interface PlotTable {
  columns: readonly string[];
  rows: ReadonlyArray<readonly string[]>;
}

interface PlotProps {
  title: string;
  /** What to look for. */
  help?: string;
  /** Shown instead of the plot to whoever asks for it. */
  table?: PlotTable;
  children: ReactNode;
  'data-test-subj'?: string;
}

/** A titled panel around a plot, with the plot's figures behind it. */
export function Plot({ title, help, table, children, 'data-test-subj': testSubject }: PlotProps) {
  const [asTable, setAsTable] = useState(false);
  const switchText = asTable ? i18n.translate('lyrebird.plot.asPlot', { defaultMessage: 'Show as a plot' }) : i18n.translate('lyrebird.plot.asTable', { defaultMessage: 'Show as a table' });
  return (
    <EuiPanel hasBorder hasShadow={false} data-test-subj={testSubject}>
      <EuiFlexGroup gutterSize="s" responsive={false} alignItems="flexStart">
        <EuiFlexItem style={{ minWidth: 0 }}>
          <EuiTitle size="xxs">
            <h3 style={{ overflowWrap: 'anywhere' }}>{title}</h3>
          </EuiTitle>
          {help && (
            <EuiText size="xs" color="subdued">
              <p>{help}</p>
            </EuiText>
          )}
        </EuiFlexItem>
        {table && (
          <EuiFlexItem grow={false}>
            <EuiToolTip content={switchText} disableScreenReaderOutput>
              <EuiButtonIcon iconType={asTable ? 'visBarVertical' : 'visTable'} color="text" aria-label={`${switchText}: ${title}`} onClick={() => setAsTable(!asTable)} data-test-subj="lyrebirdPlotSwitch" />
            </EuiToolTip>
          </EuiFlexItem>
        )}
      </EuiFlexGroup>
      <EuiSpacer size="s" />
      {asTable && table ? <Figures table={table} caption={title} /> : children}
    </EuiPanel>
  );
}

function Figures({ table: { columns, rows }, caption }: { table: PlotTable; caption: string }) {
  return (
    <div style={{ maxHeight: 420, overflow: 'auto' }} tabIndex={0} role="region" aria-label={caption}>
      <EuiBasicTable
        compressed
        responsiveBreakpoint={false}
        items={rows.map((cells, key) => ({ key, cells }))}
        itemId="key"
        tableCaption={caption}
        columns={columns.map((name, at) => ({
          name,
          align: at === 0 ? ('left' as const) : ('right' as const),
          width: at === 0 ? undefined : `${Math.min(120, 560 / columns.length)}px`,
          render: ({ cells }: { cells: readonly string[] }) => <span style={{ overflowWrap: 'anywhere' }}>{cells[at]}</span>,
        }))}
        data-test-subj="lyrebirdPlotTable"
      />
    </div>
  );
}
