import { BarSeries, Chart, ScaleType, Settings } from '@elastic/charts';
import { EuiFlexGroup, EuiFlexItem, EuiHealth, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Anomalies } from '../../../common';
import { useChartTheme } from '../../app/color_mode';
import { SEVERITIES, rarity, severityOf } from '../../components/severity';
import { ScoreAxes } from './score_axes';

interface TimelineProps {
  timeline: Anomalies['timeline'];
  /** A person drew over a stretch of time. */
  onRange(from: string, to: string): void;
}


/** The score of each bucket, or the highest of several. The axis is logarithmic in rarity, for 99.9 is ten times rarer than 99. */
export function Timeline({ timeline, onRange }: TimelineProps) {
  const chartTheme = useChartTheme();
  const series = SEVERITIES.map((severity) => ({
    ...severity,
    data: timeline
      .filter(({ max_score }) => max_score > 0 && severityOf(max_score).name === severity.name)
      .map(({ timestamp, max_score }) => ({ x: Date.parse(timestamp), y: rarity(max_score) })),
  }));
  return (
    <div data-test-subj="lyrebirdTimeline" data-buckets={timeline.length}>
      <EuiFlexGroup gutterSize="m" responsive={false} wrap>
        {SEVERITIES.map(({ name, label, color, from }) => (
          <EuiFlexItem key={name} grow={false}>
            <EuiHealth color={color} textSize="xs">
              {from > 0
                ? i18n.translate('lyrebird.timeline.legend', { defaultMessage: '{label}, {from} and above', values: { label, from } })
                : i18n.translate('lyrebird.timeline.legendRest', { defaultMessage: '{label}, below {to}', values: { label, to: SEVERITIES[2].from } })}
            </EuiHealth>
          </EuiFlexItem>
        ))}
      </EuiFlexGroup>
      <div style={{ height: 200 }}>
        <Chart>
          <Settings
            {...chartTheme}
            onBrushEnd={({ x }) => {
              if (x) onRange(new Date(Number(x[0])).toISOString(), new Date(Number(x[1])).toISOString());
            }}
            ariaLabel={i18n.translate('lyrebird.timeline.label', { defaultMessage: 'Highest score over time' })}
          />
          <ScoreAxes />
          {series
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
              />
            ))}
        </Chart>
      </div>
      <EuiSpacer size="s" />
      <EuiText size="xs" color="subdued">
        <p>
          {i18n.translate('lyrebird.timeline.help', {
            defaultMessage: 'All entities together. At 99.9, 1 in 1,000 such stretches of time is as odd. Draw over the chart to look at one, or choose somebody to see their risk.',
          })}
        </p>
      </EuiText>
    </div>
  );
}
