import type { ReactNode } from 'react';
import { Axis, BarSeries, Chart, CurveType, LineSeries, Position, ScaleType, Settings, Tooltip, TooltipType } from '@elastic/charts';
import { EuiPanel, EuiSpacer, EuiText, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Histogram } from '../../../common';
import { useChartTheme, useSeriesColors } from '../../app/color_mode';
import { formatNumber, formatProbability } from '../../components/format';
import { shorten } from './figure_text';

export const HELDOUT = i18n.translate('lyrebird.report.heldout', { defaultMessage: 'Real, held out' });
export const SYNTHETIC = i18n.translate('lyrebird.report.synthetic', { defaultMessage: 'Synthetic' });
export const FLOOR = i18n.translate('lyrebird.report.floor', { defaultMessage: 'Floor (real)' });

/** A titled panel around a plot, with what to look for. */
export function Plot({ title, help, children, 'data-test-subj': testSubject }: { title: string; help?: string; children: ReactNode; 'data-test-subj'?: string }) {
  return (
    <EuiPanel hasBorder hasShadow={false} data-test-subj={testSubject}>
      <EuiTitle size="xxs">
        <h3 style={{ overflowWrap: 'anywhere' }}>{title}</h3>
      </EuiTitle>
      {help && (
        <EuiText size="xs" color="subdued">
          <p>{help}</p>
        </EuiText>
      )}
      <EuiSpacer size="s" />
      {children}
    </EuiPanel>
  );
}

export interface PairedBar {
  label: string;
  /** For the axis, where the label is too long. */
  short?: string;
  first: number;
  second?: number | null;
}
interface PairedBarsProps {
  bars: readonly PairedBar[];
  /** Without a second name there is one bar a label. */
  names: readonly [first: string, second?: string];
  label: string;
  format: (value: number) => string;
}

/** Bars by label: what was measured, and what it is compared with. */
export function PairedBars({ bars, names, label, format }: PairedBarsProps) {
  const chartTheme = useChartTheme();
  const colors = useSeriesColors();
  // Labels may be shortened to the same text: bars are told apart by their place.
  const text = (index: number) => bars[index]?.short ?? shorten(bars[index]?.label ?? '');
  const series = { xScaleType: ScaleType.Ordinal, yScaleType: ScaleType.Linear, xAccessor: 'x', yAccessors: ['y'] };
  return (
    <div style={{ height: 56 + (names[1] === undefined ? 24 : 34) * bars.length }}>
      <Chart>
        <Settings {...chartTheme} rotation={90} showLegend={names[1] !== undefined} legendPosition={Position.Top} ariaLabel={label} />
        <Tooltip headerFormatter={({ value }) => bars[Number(value)]?.label ?? ''} />
        <Axis id="label" position={Position.Left} tickFormat={(index: number) => text(Number(index))} style={{ tickLabel: { fontSize: 11 } }} />
        <Axis id="value" position={Position.Bottom} ticks={5} tickFormat={format} gridLine={{ visible: true }} />
        <BarSeries id="first" name={names[0]} color={colors.synthetic} data={bars.map(({ first }, x) => ({ x, y: first }))} {...series} />
        {names[1] !== undefined && <BarSeries id="second" name={names[1]} color={colors.heldout} data={bars.map(({ second }, x) => ({ x, y: second ?? null }))} {...series} />}
      </Chart>
    </div>
  );
}

/** Edges of a bin in words: seconds as durations would be too long for an axis. */
const binText = (edges: readonly number[], i: number, unit: string): string => {
  const digits = Math.max(...edges.map(Math.abs)) >= 100 ? 0 : 2;
  return [`${formatNumber(edges[i], digits)} – ${formatNumber(edges[i + 1], digits)}`, unit].filter(Boolean).join(' ');
};

/** Two distributions over the same bins, as steps. Bins that grow are drawn equally wide: their edges stand in the tooltip. */
export function HistogramChart({ histogram, label, height = 230 }: { histogram: Histogram; label: string; height?: number }) {
  const chartTheme = useChartTheme();
  const colors = useSeriesColors();
  const { edges, heldout, synthetic, unit } = histogram;
  const data = (shares: readonly number[]) => shares.map((y, x) => ({ x, y }));
  const series = { xScaleType: ScaleType.Linear, yScaleType: ScaleType.Linear, xAccessor: 'x', yAccessors: ['y'] };
  const digits = Math.max(...edges.map(Math.abs)) >= 100 ? 0 : 2;
  const most = Math.max(...heldout, ...synthetic);
  return (
    <div style={{ height }}>
      <Chart>
        <Settings {...chartTheme} showLegend legendPosition={Position.Top} ariaLabel={label} />
        <Tooltip type={TooltipType.VerticalCursor} headerFormatter={({ value }) => binText(edges, Math.min(edges.length - 2, Math.round(Number(value))), unit)} />
        <Axis id="bin" position={Position.Bottom} ticks={6} title={unit || undefined} tickFormat={(bin: number) => formatNumber(edges[Math.round(bin)] ?? edges[edges.length - 1], digits)} />
        <Axis id="share" position={Position.Left} ticks={4} domain={{ min: 0, max: most > 0 ? most * 1.05 : 1 }} tickFormat={formatProbability} gridLine={{ visible: true }} />
        <BarSeries id="heldout" name={HELDOUT} color={colors.heldout} data={data(heldout)} {...series} styleAccessor={() => ({ rect: { opacity: 0.45 } })} />
        <LineSeries id="synthetic" name={SYNTHETIC} color={colors.synthetic} curve={CurveType.CURVE_STEP} data={data(synthetic)} {...series} lineSeriesStyle={{ point: { visible: 'never' } }} />
      </Chart>
    </div>
  );
}

interface RocChartProps {
  roc: ReadonlyArray<readonly [number, number]>;
  label: string;
  /** What the axes count. */
  mistaken: string;
  found: string;
}

/** Share of one kind taken for the other, against share found: the diagonal is a guess. */
export function RocChart({ roc, label, mistaken, found }: RocChartProps) {
  const chartTheme = useChartTheme();
  const colors = useSeriesColors();
  const series = { xScaleType: ScaleType.Linear, yScaleType: ScaleType.Linear, xAccessor: 'x', yAccessors: ['y'], curve: CurveType.LINEAR };
  const points = [[0, 0], ...roc, [1, 1]].map(([x, y]) => ({ x, y }));
  const guess = i18n.translate('lyrebird.report.guess', { defaultMessage: 'A guess' });
  return (
    <div style={{ height: 240 }}>
      <Chart>
        <Settings {...chartTheme} showLegend legendPosition={Position.Top} ariaLabel={label} />
        <Tooltip type={TooltipType.VerticalCursor} headerFormatter={({ value }) => formatProbability(Number(value))} />
        <Axis id="false" position={Position.Bottom} ticks={5} tickFormat={formatProbability} title={mistaken} />
        <Axis id="true" position={Position.Left} ticks={5} tickFormat={formatProbability} title={found} gridLine={{ visible: true }} />
        <LineSeries id="roc" name={label} color={colors.synthetic} data={points} {...series} lineSeriesStyle={{ point: { visible: 'never' } }} />
        <LineSeries
          id="guess"
          name={guess}
          color={colors.train}
          data={[
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ]}
          {...series}
          lineSeriesStyle={{ line: { dash: [4, 4] }, point: { visible: 'never' } }}
        />
      </Chart>
    </div>
  );
}
