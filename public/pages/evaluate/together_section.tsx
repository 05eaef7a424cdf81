import { EuiBasicTable, EuiFlexGroup, EuiFlexItem, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { LogTypeReport, Report } from '../../../common';
import { BarsPlot } from '../../components/bars_plot';
import { formatCount, formatNumber, formatProbability } from '../../components/format';
import { Plot } from '../../components/plot';
import { FLOOR, HELDOUT, SYNTHETIC, ScatterChart, scatterTable } from './report_charts';

const SHOWN = 10;
const half = { flex: '1 1 min(100%, 440px)', minWidth: 0 };
const shares = [
  { field: 'heldout', name: HELDOUT, align: 'right' as const, width: '120px', render: formatProbability },
  { field: 'synthetic', name: SYNTHETIC, align: 'right' as const, width: '110px', render: formatProbability },
];

/** What belongs together: pairs of fields, entities and their places, and what follows from what. */
export function TogetherSection({ report }: { report: Report }) {
  const { joints, figures, log_types } = report;
  const nameOf = (id: string) => figures.find((figure) => figure.id === id)?.name ?? id;
  const cells = joints
    .flatMap((joint) => joint.worst.map((cell) => ({ ...cell, of: nameOf(joint.id) })))
    .sort((a, b) => Math.abs(b.synthetic - b.heldout) - Math.abs(a.synthetic - a.heldout))
    .slice(0, SHOWN);
  const cellsTitle = i18n.translate('lyrebird.report.cells', { defaultMessage: 'Where entities differ most' });
  return (
    <div data-test-subj="lyrebirdReportTogether">
      <EuiFlexGroup gutterSize="l" wrap responsive={false} alignItems="flexStart">
        <EuiFlexItem style={half}>
          <BarsPlot
            title={i18n.translate('lyrebird.report.joints', { defaultMessage: 'Entities and what is theirs' })}
            help={i18n.translate('lyrebird.report.jointsHelp', { defaultMessage: 'Total variation distance of the joint distribution, 0 to 1. Near the floor, each entity keeps what is its own.' })}
            bars={joints.map(({ id, distance, floor }) => ({ label: nameOf(id), first: distance ?? 0, second: floor }))}
            names={[SYNTHETIC, FLOOR]}
            format={(value) => formatNumber(value)}
          />
        </EuiFlexItem>
        <EuiFlexItem style={half}>
          <PairsPlot types={log_types} />
        </EuiFlexItem>
      </EuiFlexGroup>
      <EuiSpacer size="l" />
      <Plot title={cellsTitle}>
        <EuiBasicTable
          items={cells}
          compressed
          tableCaption={cellsTitle}
          columns={[
            { field: 'of', name: i18n.translate('lyrebird.report.cellOf', { defaultMessage: 'What' }), width: '22%' },
            { field: 'entity', name: i18n.translate('lyrebird.report.cellEntity', { defaultMessage: 'Entity' }), truncateText: true },
            { field: 'value', name: i18n.translate('lyrebird.report.cellValue', { defaultMessage: 'Value' }), truncateText: true },
            ...shares,
          ]}
        />
      </Plot>
      <EuiSpacer size="l" />
      <Contradictions types={log_types} />
    </div>
  );
}

/** How strongly fields hang together, each pair a point. */
function PairsPlot({ types }: { types: readonly LogTypeReport[] }) {
  const title = i18n.translate('lyrebird.report.pairs', { defaultMessage: 'Pairs of fields' });
  const axes = { x: HELDOUT, y: SYNTHETIC };
  const points = types.flatMap(({ pairs }) =>
    pairs.flatMap(({ a, b, cramers_v: { heldout, synthetic } }) => (heldout === null || synthetic === null ? [] : [{ label: [a, b], x: heldout, y: synthetic }]))
  );
  return (
    <Plot
      title={title}
      help={i18n.translate('lyrebird.report.pairsHelp', {
        defaultMessage: 'How strongly two fields hang together (Cramér’s V): on the line, as strongly as in reality; below it, the model lost some of it.',
      })}
      table={scatterTable({ points, ...axes })}
    >
      <ScatterChart points={points} label={title} {...axes} data-test-subj="lyrebirdReportPairs" />
    </Plot>
  );
}

/** Events that contradict themselves, and values that belong to somebody else. */
function Contradictions({ types }: { types: readonly LogTypeReport[] }) {
  const rules = types
    .flatMap((type) => type.dependencies.worst)
    .filter(({ synthetic }) => synthetic > 0)
    .sort((a, b) => b.synthetic - a.synthetic)
    .slice(0, SHOWN);
  const bleed = types
    .flatMap((type) => type.bleed)
    .filter(({ heldout, synthetic }) => heldout > 0 || synthetic > 0)
    .sort((a, b) => b.synthetic - b.heldout - (a.synthetic - a.heldout))
    .slice(0, SHOWN);
  const rulesTitle = i18n.translate('lyrebird.report.rules', { defaultMessage: 'Broken dependencies' });
  return (
    <>
      <EuiFlexGroup gutterSize="l" wrap responsive={false} alignItems="flexStart">
        <EuiFlexItem style={half}>
          <BarsPlot
            title={rulesTitle}
            help={i18n.translate('lyrebird.report.rulesHelp', { defaultMessage: 'What followed from what in every training event: the share of events in which it does not.' })}
            bars={types.map(({ name, dependencies: { rules: known, violations } }) => ({
              label: i18n.translate('lyrebird.report.rulesOf', { defaultMessage: '{name} ({known} rules)', values: { name, known: formatCount(known) } }),
              first: violations.synthetic,
              second: violations.heldout,
            }))}
            names={[SYNTHETIC, HELDOUT]}
            format={formatProbability}
            data-test-subj="lyrebirdReportViolations"
          />
        </EuiFlexItem>
        <EuiFlexItem style={half}>
          {bleed.length > 0 && (
            <BarsPlot
              title={i18n.translate('lyrebird.report.bleedFields', { defaultMessage: 'Values of other entities' })}
              help={i18n.translate('lyrebird.report.bleedHelp', { defaultMessage: 'Of fields whose values belong to one entity each: the share of events that carry another’s.' })}
              bars={bleed.map(({ path, heldout, synthetic }) => ({ label: path, first: synthetic, second: heldout }))}
              names={[SYNTHETIC, HELDOUT]}
              format={formatProbability}
              data-test-subj="lyrebirdReportBleed"
            />
          )}
        </EuiFlexItem>
      </EuiFlexGroup>
      {rules.length > 0 && (
        <>
          <EuiSpacer size="l" />
          <Plot title={i18n.translate('lyrebird.report.worstRules', { defaultMessage: 'Dependencies broken most' })}>
            <EuiBasicTable
              items={rules}
              compressed
              tableCaption={rulesTitle}
              columns={[
                { name: i18n.translate('lyrebird.report.rule', { defaultMessage: 'From → to' }), render: (rule: (typeof rules)[number]) => <Breakable text={`${rule.from} → ${rule.to}`} /> },
                { field: 'example', name: i18n.translate('lyrebird.report.example', { defaultMessage: 'For example (expected)' }), render: (text?: string) => <Breakable text={text ?? '–'} /> },
                ...shares,
              ]}
            />
          </Plot>
        </>
      )}
    </>
  );
}

const Breakable = ({ text }: { text: string }) => <span style={{ overflowWrap: 'anywhere' }}>{text}</span>;
