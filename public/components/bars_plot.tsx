import { Axis, BarSeries, Chart, Position, ScaleType, Settings, Tooltip } from '@elastic/charts';
import { i18n } from '@kbn/i18n';
import { useChartTheme, useSeriesColors } from '../app/color_mode';
import { shorten } from './format';
import { Plot, type PlotTable } from './plot';

export interface Bar {
  label: string;
  /** For the axis, where the label is too long. */
  short?: string;
  first: number;
  second?: number | null;
}
interface BarsProps {
  bars: readonly Bar[];
  /** Of the two bars at each label; without a second name there is one. */
  names: readonly [first: string, second?: string];
  format: (value: number) => string;
}

export const barsTable = ({ bars, names: [first, second], format }: BarsProps): PlotTable => ({
  columns: [i18n.translate('lyrebird.plot.what', { defaultMessage: 'What' }), first, ...(second === undefined ? [] : [second])],
  rows: bars.map((bar) => [bar.label, format(bar.first), ...(second === undefined ? [] : [bar.second === undefined || bar.second === null ? '–' : format(bar.second)])]),
});

/** Bars by label: what was measured, and what it is compared with. */
export function Bars({ bars, names, format, label }: BarsProps & { label: string }) {
  const chartTheme = useChartTheme();
  const colors = useSeriesColors();
  // Labels may be shortened to the same text: bars are told apart by their place.
  const text = (index: number) => bars[index]?.short ?? shorten(bars[index]?.label ?? '');
  const series = { xScaleType: ScaleType.Ordinal, yScaleType: ScaleType.Linear, xAccessor: 'x', yAccessors: ['y'] };
  const [first, second] = names;
  return (
    <div style={{ height: 56 + (second === undefined ? 24 : 34) * bars.length }} data-test-subj="lyrebirdBars" data-bars={bars.length}>
      <Chart>
        <Settings {...chartTheme} rotation={90} showLegend={second !== undefined} legendPosition={Position.Top} ariaLabel={label} />
        <Tooltip headerFormatter={({ value }) => bars[Number(value)]?.label ?? ''} />
        <Axis id="label" position={Position.Left} tickFormat={(index: number) => text(Number(index))} style={{ tickLabel: { fontSize: 11 } }} />
        <Axis id="value" position={Position.Bottom} ticks={5} tickFormat={format} gridLine={{ visible: true }} />
        <BarSeries id="first" name={first} color={colors.synthetic} data={bars.map((bar, x) => ({ x, y: bar.first }))} {...series} />
        {second !== undefined && <BarSeries id="second" name={second} color={colors.heldout} data={bars.map((bar, x) => ({ x, y: bar.second ?? null }))} {...series} />}
      </Chart>
    </div>
  );
}

/** Bars in a panel, with their figures behind them. */
export function BarsPlot({ title, help, 'data-test-subj': testSubject, ...bars }: BarsProps & { title: string; help?: string; 'data-test-subj'?: string }) {
  return (
    <Plot title={title} help={help} table={barsTable(bars)} data-test-subj={testSubject}>
      <Bars label={title} {...bars} />
    </Plot>
  );
}
