import { Chart, Heatmap, ScaleType, Settings } from '@elastic/charts';
import { EuiFlexGroup, EuiFlexItem, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import moment from 'moment';
import type { Report } from '../../../common';
import { useChartTheme, useDark } from '../../app/color_mode';
import { BarsPlot } from '../../components/bars_plot';
import { formatProbability, shorten } from '../../components/format';
import { Plot, type PlotTable } from '../../components/plot';
import { HELDOUT, HistogramChart, SYNTHETIC, histogramTable } from './report_charts';
import { SessionsPart } from './sessions_part';

const SHOWN_BIGRAMS = 14;

/** Order and time: what follows what, how long sessions are, and when events happen. */
export function SequenceSection({ sequence, sessions }: Pick<Report, 'sequence' | 'sessions'>) {
  const { bigrams, hour_of_week } = sequence;
  const histograms = [
    { key: 'session_length' as const, title: i18n.translate('lyrebird.report.sessionLength', { defaultMessage: 'Events in a session' }) },
    { key: 'events_per_entity_day' as const, title: i18n.translate('lyrebird.report.perDay', { defaultMessage: 'Events of an entity in a day' }) },
    { key: 'gap' as const, title: i18n.translate('lyrebird.report.gap', { defaultMessage: 'Time between two events of an entity' }) },
  ];
  const most = Math.max(...hour_of_week.heldout.flat(), ...hour_of_week.synthetic.flat());
  return (
    <div data-test-subj="lyrebirdReportSequence">
      <EuiFlexGroup gutterSize="l" wrap responsive={false}>
        {[
          { key: 'heldout', title: i18n.translate('lyrebird.report.weekHeldout', { defaultMessage: 'Hours of the week: real, held out' }), rows: hour_of_week.heldout },
          { key: 'synthetic', title: i18n.translate('lyrebird.report.weekSynthetic', { defaultMessage: 'Hours of the week: synthetic' }), rows: hour_of_week.synthetic },
        ].map(({ key, title, rows }) => (
          <EuiFlexItem key={key} style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
            <Plot title={title} help={i18n.translate('lyrebird.report.weekHelp', { defaultMessage: 'Share of all events, in UTC; the colours of both are the same.' })} table={weekTable(rows)}>
              <WeekChart rows={rows} most={most} label={title} />
            </Plot>
          </EuiFlexItem>
        ))}
      </EuiFlexGroup>
      <EuiSpacer size="l" />
      <EuiFlexGroup gutterSize="l" wrap responsive={false}>
        {histograms.map(({ key, title }) => (
          <EuiFlexItem key={key} style={{ flex: '1 1 min(100%, 320px)', minWidth: 0 }}>
            <Plot title={title} table={histogramTable(sequence[key])}>
              <HistogramChart histogram={sequence[key]} label={title} />
            </Plot>
          </EuiFlexItem>
        ))}
      </EuiFlexGroup>
      <EuiSpacer size="l" />
      {sessions && <SessionsPart sessions={sessions} />}
      <BarsPlot
        title={i18n.translate('lyrebird.report.bigrams', { defaultMessage: 'Order of actions' })}
        help={i18n.translate('lyrebird.report.bigramsHelp', { defaultMessage: 'What an entity does right after what, as a share of all such pairs within a session.' })}
        bars={bigrams.slice(0, SHOWN_BIGRAMS).map(({ from, to, heldout, synthetic }) => ({ label: `${from} → ${to}`, short: `${shorten(from, 30)} → ${shorten(to, 30)}`, first: synthetic, second: heldout }))}
        names={[SYNTHETIC, HELDOUT]}
        format={formatProbability}
      />
    </div>
  );
}

const STEPS = 6;
const LIGHT = ['#F1F6FE', '#CFE1FB', '#9CC1F5', '#649CEC', '#2F77DE', '#0B4DB0'];
const DARK = ['#14213A', '#1B3560', '#23508F', '#3070C0', '#5296E8', '#A5CBFF'];

/** Names of the days, Monday first. */
const dayNames = (): string[] => {
  const days = moment.weekdaysShort();
  return days.map((_, day) => days[(day + 1) % 7]);
};

/** Days beside each other: seven columns can be read, twenty-four cannot. */
const weekTable = (rows: number[][]): PlotTable => ({
  columns: [i18n.translate('lyrebird.report.hour', { defaultMessage: 'Hour (UTC)' }), ...dayNames()],
  rows: Array.from({ length: 24 }, (_, hour) => [String(hour), ...rows.map((hours) => formatProbability(hours[hour]))]),
});

/** 7 rows of 24 hours, Monday first. */
function WeekChart({ rows, most, label }: { rows: number[][]; most: number; label: string }) {
  const chartTheme = useChartTheme();
  const colors = useDark() ? DARK : LIGHT;
  const days = dayNames();
  const data = rows.flatMap((hours, day) => hours.map((share, hour) => ({ hour, day: days[day], share })));
  const step = Math.max(most, 1e-9) / STEPS;
  return (
    <div style={{ height: 210 }}>
      <Chart>
        <Settings {...chartTheme} theme={{ ...chartTheme.theme, heatmap: { cell: { label: { visible: false } } } }} ariaLabel={label} />
        <Heatmap
          id="week"
          name={label}
          data={data}
          xAccessor="hour"
          yAccessor="day"
          valueAccessor="share"
          valueFormatter={formatProbability}
          xScale={{ type: ScaleType.Ordinal }}
          xSortPredicate="numAsc"
          ySortPredicate="dataIndex"
          xAxisLabelFormatter={(hour) => (Number(hour) % 3 === 0 ? String(hour) : '')}
          xAxisTitle={i18n.translate('lyrebird.report.hour', { defaultMessage: 'Hour (UTC)' })}
          colorScale={{ type: 'bands', bands: colors.map((color, i) => ({ start: i * step, end: i === STEPS - 1 ? Infinity : (i + 1) * step, color })) }}
        />
      </Chart>
    </div>
  );
}
