import { Axis, BubbleSeries, Chart, CurveType, LineSeries, Position, ScaleType, Settings, Tooltip, TooltipType, type CustomTooltip } from '@elastic/charts';
import { EuiBasicTable, EuiFlexGroup, EuiFlexItem, EuiPanel, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Report } from '../../../common';
import { useChartTheme, useSeriesColors } from '../../app/color_mode';
import { formatNumber, formatProbability } from '../../components/format';
import { FLOOR, HELDOUT, PairedBars, Plot, SYNTHETIC } from './report_charts';

const SHOWN = 10;

type Pair = Report['log_types'][number]['pairs'][number];

/** What belongs together: pairs of fields, entities and their places, and what follows from what. */
export function TogetherSection({ report }: { report: Report }) {
  const { joints, figures, log_types } = report;
  const pairs = log_types.flatMap((type) => type.pairs);
  const nameOf = (id: string) => figures.find((figure) => figure.id === id)?.name ?? id;
  const cells = joints
    .flatMap((joint) => joint.worst.map((cell) => ({ ...cell, of: nameOf(joint.id) })))
    .sort((a, b) => Math.abs(b.synthetic - b.heldout) - Math.abs(a.synthetic - a.heldout))
    .slice(0, SHOWN);
  const rules = log_types
    .flatMap((type) => type.dependencies.worst.map((rule) => ({ ...rule, log_type: type.name })))
    .filter(({ synthetic }) => synthetic > 0)
    .sort((a, b) => b.synthetic - a.synthetic)
    .slice(0, SHOWN);
  return (
    <div data-test-subj="lyrebirdReportTogether">
      <EuiFlexGroup gutterSize="l" wrap responsive={false} alignItems="flexStart">
        <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
          <Plot
            title={i18n.translate('lyrebird.report.joints', { defaultMessage: 'Entities and what is theirs' })}
            help={i18n.translate('lyrebird.report.jointsHelp', { defaultMessage: 'Total variation distance of the joint distribution, 0 to 1. Near the floor, each entity keeps what is its own.' })}
          >
            <PairedBars
              bars={joints.map(({ id, distance, floor }) => ({ label: nameOf(id), first: distance ?? 0, second: floor }))}
              names={[SYNTHETIC, FLOOR]}
              label={i18n.translate('lyrebird.report.joints', { defaultMessage: 'Entities and what is theirs' })}
              format={(value) => formatNumber(value)}
            />
          </Plot>
        </EuiFlexItem>
        <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
          <Plot
            title={i18n.translate('lyrebird.report.pairs', { defaultMessage: 'Pairs of fields' })}
            help={i18n.translate('lyrebird.report.pairsHelp', {
              defaultMessage: 'How strongly two fields hang together (Cramér’s V): on the line, as strongly as in reality; below it, the model lost some of it.',
            })}
          >
            <PairsChart pairs={pairs} />
          </Plot>
        </EuiFlexItem>
      </EuiFlexGroup>
      <EuiSpacer size="l" />
      <Plot title={i18n.translate('lyrebird.report.cells', { defaultMessage: 'Where entities differ most' })}>
        <EuiBasicTable
          items={cells}
          compressed
          tableCaption={i18n.translate('lyrebird.report.cells', { defaultMessage: 'Where entities differ most' })}
          columns={[
            { field: 'of', name: i18n.translate('lyrebird.report.cellOf', { defaultMessage: 'What' }), width: '22%' },
            { field: 'entity', name: i18n.translate('lyrebird.report.cellEntity', { defaultMessage: 'Entity' }), truncateText: true },
            { field: 'value', name: i18n.translate('lyrebird.report.cellValue', { defaultMessage: 'Value' }), truncateText: true },
            { field: 'heldout', name: HELDOUT, align: 'right' as const, width: '120px', render: formatProbability },
            { field: 'synthetic', name: SYNTHETIC, align: 'right' as const, width: '110px', render: formatProbability },
          ]}
        />
      </Plot>
      {rules.length > 0 && (
        <>
          <EuiSpacer size="l" />
          <Plot
            title={i18n.translate('lyrebird.report.rules', { defaultMessage: 'Broken dependencies' })}
            help={i18n.translate('lyrebird.report.rulesHelp', { defaultMessage: 'What followed from what in every training event, and the share of synthetic events in which it does not.' })}
          >
            <EuiBasicTable
              items={rules}
              compressed
              tableCaption={i18n.translate('lyrebird.report.rules', { defaultMessage: 'Broken dependencies' })}
              columns={[
                { name: i18n.translate('lyrebird.report.rule', { defaultMessage: 'From → to' }), render: (rule: (typeof rules)[number]) => <Breakable text={`${rule.from} → ${rule.to}`} /> },
                { field: 'example', name: i18n.translate('lyrebird.report.example', { defaultMessage: 'For example (expected)' }), render: (text?: string) => <Breakable text={text ?? '–'} /> },
                { field: 'heldout', name: HELDOUT, align: 'right' as const, width: '120px', render: formatProbability },
                { field: 'synthetic', name: SYNTHETIC, align: 'right' as const, width: '110px', render: formatProbability },
              ]}
            />
          </Plot>
        </>
      )}
    </div>
  );
}

const Breakable = ({ text }: { text: string }) => <span style={{ overflowWrap: 'anywhere' }}>{text}</span>;

interface PairPoint {
  x: number | null;
  y: number | null;
  a: string;
  b: string;
}

/** Which two fields a point is. */
const PairTooltip: CustomTooltip = ({ values }) => {
  const pair = values.map(({ datum }) => datum as PairPoint | undefined).find((point) => point?.a !== undefined);
  if (!pair) return null;
  return (
    <EuiPanel paddingSize="s" hasBorder>
      <EuiText size="xs">
        <p>
          {pair.a}
          <br />
          {pair.b}
        </p>
        <p>
          {i18n.translate('lyrebird.report.pairTooltip', {
            defaultMessage: 'held out {heldout}, synthetic {synthetic}',
            values: { heldout: formatNumber(pair.x ?? 0), synthetic: formatNumber(pair.y ?? 0) },
          })}
        </p>
      </EuiText>
    </EuiPanel>
  );
};

function PairsChart({ pairs }: { pairs: readonly Pair[] }) {
  const chartTheme = useChartTheme();
  const colors = useSeriesColors();
  const label = i18n.translate('lyrebird.report.pairs', { defaultMessage: 'Pairs of fields' });
  const points = pairs
    .filter(({ cramers_v }) => cramers_v.heldout !== null && cramers_v.synthetic !== null)
    .map(({ a, b, cramers_v }): PairPoint => ({ x: cramers_v.heldout, y: cramers_v.synthetic, a, b }));
  const scale = { xScaleType: ScaleType.Linear, yScaleType: ScaleType.Linear, xAccessor: 'x', yAccessors: ['y'] };
  const format = (value: number) => formatNumber(value, 1);
  return (
    <div style={{ height: 56 + 34 * 6 }} data-test-subj="lyrebirdReportPairs" data-points={points.length}>
      <Chart>
        <Settings {...chartTheme} xDomain={{ min: 0, max: 1 }} ariaLabel={label} />
        <Tooltip type={TooltipType.Follow} customTooltip={PairTooltip} />
        <Axis id="heldout" position={Position.Bottom} ticks={5} tickFormat={format} title={HELDOUT} />
        <Axis id="synthetic" position={Position.Left} domain={{ min: 0, max: 1 }} ticks={5} tickFormat={format} title={SYNTHETIC} gridLine={{ visible: true }} />
        <LineSeries
          id="same"
          name={i18n.translate('lyrebird.report.same', { defaultMessage: 'As in reality' })}
          color={colors.train}
          curve={CurveType.LINEAR}
          data={[
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ]}
          {...scale}
          lineSeriesStyle={{ line: { dash: [4, 4] }, point: { visible: 'never' } }}
        />
        <BubbleSeries id="pairs" name={SYNTHETIC} color={colors.synthetic} data={points} {...scale} bubbleSeriesStyle={{ point: { radius: 3, opacity: 0.6 } }} />
      </Chart>
    </div>
  );
}
