import { BarSeries, Chart, LineSeries, RectAnnotation, ScaleType, Settings } from '@elastic/charts';
import { i18n } from '@kbn/i18n';
import type { EntityRisk } from '../../../common';
import { useChartTheme, useDark } from '../../app/color_mode';
import { formatCount, formatScore, formatTime } from '../../components/format';
import type { PlotTable } from '../../components/plot';
import { SEVERITIES, rarity, severityOf } from '../../components/severity';
import { ScoreAxes } from './score_axes';

/** Scores that differ less look the same. */
const SAME = 0.05;
const AT_FIRST = i18n.translate('lyrebird.risk.initial', { defaultMessage: 'At first, where it was another' });

/** The chart's figures, those that stand out. */
export const riskTable = ({ risk }: EntityRisk): PlotTable => ({
  columns: [
    i18n.translate('lyrebird.risk.table.from', { defaultMessage: 'From' }),
    i18n.translate('lyrebird.risk.table.now', { defaultMessage: 'Now' }),
    i18n.translate('lyrebird.risk.table.atFirst', { defaultMessage: 'At first' }),
    i18n.translate('lyrebird.risk.table.events', { defaultMessage: 'Events' }),
    i18n.translate('lyrebird.risk.table.records', { defaultMessage: 'Anomalies' }),
  ],
  rows: risk.map(({ timestamp, score, initial_score, events, records }) => [formatTime(timestamp), formatScore(score), formatScore(initial_score), formatCount(events), formatCount(records)]),
});

interface RiskChartProps {
  risk: EntityRisk;
  entity: string;
  /** Which part is looked at. */
  stretch: { from?: string; to?: string };
  /** A person chose the bar that starts then, ms. */
  onStart(start: number): void;
}

/** Scores now as bars, and where they were others at first as dots. Logarithmic in rarity, as the timeline is. */
export function RiskChart({ risk: { risk, interval }, entity, stretch, onStart }: RiskChartProps) {
  const chartTheme = useChartTheme();
  const dark = useDark();
  const first = risk.filter(({ score, initial_score }) => Math.abs(rarity(score) - rarity(initial_score)) >= SAME);
  const bounds = { min: Date.parse(risk[0].timestamp), max: Date.parse(risk[risk.length - 1].timestamp) + interval * 1000 };
  return (
    <div style={{ height: 220 }} data-test-subj="lyrebirdRiskChart" data-buckets={risk.length}>
      <Chart>
        <Settings
          {...chartTheme}
          xDomain={{ ...bounds, minInterval: interval * 1000 }}
          onElementClick={([element]) => {
            const start = Array.isArray(element) ? Number((element[0] as { x: unknown }).x) : NaN;
            if (Number.isFinite(start)) onStart(start);
          }}
          ariaLabel={i18n.translate('lyrebird.risk.label', { defaultMessage: 'Risk of {entity} over time', values: { entity } })}
        />
        <ScoreAxes />
        {(stretch.from !== undefined || stretch.to !== undefined) && (
          <RectAnnotation
            id="looked-at"
            dataValues={[{ coordinates: { x0: Math.max(bounds.min, Date.parse(stretch.from ?? risk[0].timestamp)), x1: Math.min(bounds.max, stretch.to === undefined ? bounds.max : Date.parse(stretch.to)) } }]}
            style={{ fill: dark ? '#61A2FF' : '#0B64DD', opacity: 0.18 }}
          />
        )}
        {SEVERITIES.map((severity) => ({ ...severity, data: risk.filter(({ score }) => score > 0 && severityOf(score).name === severity.name).map(({ timestamp, score }) => ({ x: Date.parse(timestamp), y: rarity(score) })) }))
          .filter(({ data }) => data.length > 0)
          .map(({ name, label, color, data }) => (
            <BarSeries
              key={name}
              id={name}
              name={label}
              data={data}
              xAccessor="x"
              yAccessors={['y']}
              stackAccessors={['x']}
              xScaleType={ScaleType.Time}
              yScaleType={ScaleType.Linear}
              color={color}
              minBarHeight={2}
              enableHistogramMode
            />
          ))}
        {first.length > 0 && (
          <LineSeries
            id="initial"
            name={AT_FIRST}
            data={first.map(({ timestamp, initial_score }) => ({ x: Date.parse(timestamp), y: rarity(initial_score) }))}
            xAccessor="x"
            yAccessors={['y']}
            xScaleType={ScaleType.Time}
            yScaleType={ScaleType.Linear}
            color={dark ? '#DFE5EF' : '#1A1C21'}
            lineSeriesStyle={{ line: { visible: false }, point: { visible: 'always', radius: 3 } }}
          />
        )}
      </Chart>
    </div>
  );
}
