import { Axis, BarSeries, BubbleSeries, Chart, CurveType, LineSeries, Position, ScaleType, Settings, Tooltip, TooltipType, type CustomTooltip } from '@elastic/charts';
import { EuiPanel, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Histogram } from '../../../common';
import { useChartTheme, useSeriesColors } from '../../app/color_mode';
import { formatNumber, formatProbability, formatSpan } from '../../components/format';
import type { PlotTable } from '../../components/plot';

export const HELDOUT = i18n.translate('lyrebird.report.heldout', { defaultMessage: 'Real, held out' });
export const SYNTHETIC = i18n.translate('lyrebird.report.synthetic', { defaultMessage: 'Synthetic' });
export const FLOOR = i18n.translate('lyrebird.report.floor', { defaultMessage: 'Floor (real)' });

const DIAGONAL = [
  { x: 0, y: 0 },
  { x: 1, y: 1 },
];

/** How the edges of bins are written: seconds as spans of time, counts without decimals. */
function edgeText({ edges, unit }: Histogram): (edge: number) => string {
  if (unit === 's') return formatSpan;
  const digits = edges.every(Number.isInteger) || Math.max(...edges.map(Math.abs)) >= 100 ? 0 : 2;
  return (edge) => formatNumber(edge, digits);
}

const binText = (histogram: Histogram, i: number): string => {
  const text = edgeText(histogram);
  const { edges, unit } = histogram;
  return [`${text(edges[i])} – ${text(edges[i + 1])}`, unit === 's' ? '' : unit].filter(Boolean).join(' ');
};

export const histogramTable = (histogram: Histogram): PlotTable => ({
  columns: [i18n.translate('lyrebird.report.bin', { defaultMessage: 'From – to' }), SYNTHETIC, HELDOUT],
  rows: histogram.synthetic.map((share, i) => [binText(histogram, i), formatProbability(share), formatProbability(histogram.heldout[i])]),
});

/** Two distributions over the same bins, as steps. Bins that grow are drawn equally wide: their edges stand in the tooltip. */
export function HistogramChart({ histogram, label, height = 230 }: { histogram: Histogram; label: string; height?: number }) {
  const chartTheme = useChartTheme();
  const colors = useSeriesColors();
  const { edges, heldout, synthetic, unit } = histogram;
  const text = edgeText(histogram);
  const data = (shares: readonly number[]) => shares.map((y, x) => ({ x, y }));
  const series = { xScaleType: ScaleType.Linear, yScaleType: ScaleType.Linear, xAccessor: 'x', yAccessors: ['y'] };
  const most = Math.max(...heldout, ...synthetic);
  return (
    <div style={{ height }}>
      <Chart>
        <Settings {...chartTheme} showLegend legendPosition={Position.Top} ariaLabel={label} />
        <Tooltip type={TooltipType.VerticalCursor} headerFormatter={({ value }) => binText(histogram, Math.min(edges.length - 2, Math.round(Number(value))))} />
        <Axis id="bin" position={Position.Bottom} ticks={6} title={unit === 's' ? undefined : unit || undefined} tickFormat={(bin: number) => text(edges[Math.round(bin)] ?? edges[edges.length - 1])} />
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

export const rocTable = ({ roc, mistaken, found }: Pick<RocChartProps, 'roc' | 'mistaken' | 'found'>): PlotTable => ({
  columns: [mistaken, found],
  rows: roc.map(([x, y]) => [formatProbability(x), formatProbability(y)]),
});

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
        <LineSeries id="guess" name={guess} color={colors.train} data={DIAGONAL} {...series} lineSeriesStyle={{ line: { dash: [4, 4] }, point: { visible: 'never' } }} />
      </Chart>
    </div>
  );
}

export interface ScatterPoint {
  /** What the point is; more than one line where it is more than one thing. */
  label: readonly string[];
  x: number;
  y: number;
}
interface ScatterProps {
  points: readonly ScatterPoint[];
  label: string;
  /** Names of the axes. */
  x: string;
  y: string;
  'data-test-subj'?: string;
}

export const scatterTable = ({ points, x, y }: Pick<ScatterProps, 'points' | 'x' | 'y'>): PlotTable => ({
  columns: [i18n.translate('lyrebird.report.point', { defaultMessage: 'What' }), y, x],
  rows: points.map((point) => [point.label.join(' × '), formatNumber(point.y), formatNumber(point.x)]),
});

/** Points from 0 to 1 on both axes, and the line on which both are the same. */
export function ScatterChart({ points, label, x, y, 'data-test-subj': testSubject }: ScatterProps) {
  const chartTheme = useChartTheme();
  const colors = useSeriesColors();
  const scale = { xScaleType: ScaleType.Linear, yScaleType: ScaleType.Linear, xAccessor: 'x', yAccessors: ['y'] };
  const format = (value: number) => formatNumber(value, 1);
  const tooltip: CustomTooltip = ({ values }) => {
    const point = values.map(({ datum }) => datum as ScatterPoint | undefined).find((datum) => datum?.label !== undefined);
    return point ? <PointTooltip point={point} x={x} y={y} /> : null;
  };
  return (
    <div style={{ height: 260 }} data-test-subj={testSubject} data-points={points.length}>
      <Chart>
        <Settings {...chartTheme} xDomain={{ min: 0, max: 1 }} ariaLabel={label} />
        <Tooltip type={TooltipType.Follow} customTooltip={tooltip} />
        <Axis id="x" position={Position.Bottom} ticks={5} tickFormat={format} title={x} />
        <Axis id="y" position={Position.Left} domain={{ min: 0, max: 1 }} ticks={5} tickFormat={format} title={y} gridLine={{ visible: true }} />
        <LineSeries id="same" name={i18n.translate('lyrebird.report.same', { defaultMessage: 'Both the same' })} color={colors.train} curve={CurveType.LINEAR} data={DIAGONAL} {...scale} lineSeriesStyle={{ line: { dash: [4, 4] }, point: { visible: 'never' } }} />
        <BubbleSeries id="points" name={label} color={colors.synthetic} data={[...points]} {...scale} bubbleSeriesStyle={{ point: { radius: 3, opacity: 0.6, fill: colors.synthetic } }} />
      </Chart>
    </div>
  );
}

function PointTooltip({ point, x, y }: { point: ScatterPoint } & Pick<ScatterProps, 'x' | 'y'>) {
  return (
    <EuiPanel paddingSize="s" hasBorder>
      <EuiText size="xs">
        {point.label.map((line) => (
          <div key={line}>{line}</div>
        ))}
        <div>{`${y}: ${formatNumber(point.y)}`}</div>
        <div>{`${x}: ${formatNumber(point.x)}`}</div>
      </EuiText>
    </EuiPanel>
  );
}
