import { useState } from 'react';
import { EuiComboBox, EuiFlexGroup, EuiFlexItem, EuiFormRow, EuiSelect, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { ABSENT_VALUE, NULL_VALUE, RARE_VALUE, type FieldReport, type LogTypeReport } from '../../../common';
import { formatNumber, formatProbability } from '../../components/format';
import { Bars, BarsPlot, barsTable, type Bar } from '../../components/bars_plot';
import { Plot } from '../../components/plot';
import { FLOOR, HELDOUT, HistogramChart, SYNTHETIC, histogramTable } from './report_charts';

const SHOWN_FIELDS = 15;
const SHOWN_VALUES = 14;
const SHOWN_GAPS = 10;

const NAMES: Record<string, string> = {
  [NULL_VALUE]: i18n.translate('lyrebird.report.null', { defaultMessage: 'null' }),
  [ABSENT_VALUE]: i18n.translate('lyrebird.report.absent', { defaultMessage: 'missing' }),
  [RARE_VALUE]: i18n.translate('lyrebird.report.rare', { defaultMessage: 'rare values, together' }),
};

const isChart = ({ values, histogram }: FieldReport) => values !== undefined || histogram !== undefined;
const excess = ({ distance, floor }: FieldReport) => (distance ?? 0) - (floor ?? 0);

/** How far each field is from reality, and one field as it is. */
export function FieldsSection({ types }: { types: readonly LogTypeReport[] }) {
  const [name, setName] = useState(types[0]?.name);
  const [chosen, setChosen] = useState<string>();
  const type = types.find((candidate) => candidate.name === name) ?? types[0];
  if (!type) return null;
  const measured = type.fields.filter(({ kind }) => kind !== 'constant');
  const worst = [...measured].sort((a, b) => excess(b) - excess(a)).slice(0, SHOWN_FIELDS);
  const field = measured.find(({ path }) => path === chosen) ?? worst.find(isChart) ?? measured[0];
  return (
    <div data-test-subj="lyrebirdReportFields">
      <EuiFlexGroup gutterSize="m" wrap>
        <EuiFlexItem style={{ flex: '1 1 240px' }}>
          <EuiFormRow fullWidth label={i18n.translate('lyrebird.report.logType', { defaultMessage: 'Log type' })}>
            <EuiSelect
              fullWidth
              options={types.map((each) => ({ value: each.name, text: each.name }))}
              value={type.name}
              onChange={({ target }) => {
                setName(target.value);
                setChosen(undefined);
              }}
              data-test-subj="lyrebirdReportLogType"
            />
          </EuiFormRow>
        </EuiFlexItem>
        <EuiFlexItem style={{ flex: '2 1 360px' }}>
          <EuiFormRow fullWidth label={i18n.translate('lyrebird.report.field', { defaultMessage: 'Field to look at' })}>
            <EuiComboBox
              fullWidth
              isClearable={false}
              singleSelection={{ asPlainText: true }}
              truncationProps={{ truncation: 'middle' }}
              options={measured.map(({ path }) => ({ label: path }))}
              selectedOptions={field ? [{ label: field.path }] : []}
              onChange={([option]) => setChosen(option?.label)}
              data-test-subj="lyrebirdReportField"
            />
          </EuiFormRow>
        </EuiFlexItem>
      </EuiFlexGroup>
      <EuiSpacer size="m" />
      <EuiFlexGroup gutterSize="l" wrap responsive={false} alignItems="flexStart">
        <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
          <BarsPlot
            title={i18n.translate('lyrebird.report.worstFields', { defaultMessage: 'Fields farthest from reality' })}
            help={i18n.translate('lyrebird.report.worstFieldsHelp', {
              defaultMessage: 'Distance of synthetic events to held-out ones beside that of real training events. Numbers and times in standard deviations, all else 0 to 1.',
            })}
            bars={worst.map(({ path, distance, floor }) => ({ label: path, first: distance ?? 0, second: floor }))}
            names={[SYNTHETIC, FLOOR]}
            format={(value) => formatNumber(value)}
            data-test-subj="lyrebirdReportWorstFields"
          />
        </EuiFlexItem>
        <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
          {field && <FieldPlot field={field} />}
          <GapsPlot fields={measured} />
        </EuiFlexItem>
      </EuiFlexGroup>
    </div>
  );
}

/** Where a value is missing, null or rare: what a model that only knows what is usual leaves out. */
function GapsPlot({ fields }: { fields: readonly FieldReport[] }) {
  const bars = fields
    .flatMap((field) => gapsOf(field).map((bar) => ({ ...bar, label: `${field.path}: ${bar.label}` })))
    .sort((a, b) => Math.abs(b.first - (b.second ?? 0)) - Math.abs(a.first - (a.second ?? 0)))
    .slice(0, SHOWN_GAPS);
  if (bars.length === 0) return null;
  return (
    <>
      <EuiSpacer size="l" />
      <BarsPlot
        title={i18n.translate('lyrebird.report.gapsTitle', { defaultMessage: 'Missing, null and rare values' })}
        help={i18n.translate('lyrebird.report.gapsHelp', { defaultMessage: 'Share of events, of the fields in which synthetic and held-out events differ most. Rare is what fewer than one training event in a thousand had.' })}
        bars={bars}
        names={[SYNTHETIC, HELDOUT]}
        format={formatProbability}
        data-test-subj="lyrebirdReportGaps"
      />
    </>
  );
}

/** Shares of missing, null and rare values, where there are any. */
function gapsOf({ absent, null: nulls, rare }: FieldReport): Bar[] {
  const gaps = [
    [i18n.translate('lyrebird.report.missing', { defaultMessage: 'missing' }), absent] as const,
    [i18n.translate('lyrebird.report.isNull', { defaultMessage: 'null' }), nulls] as const,
    [i18n.translate('lyrebird.report.isRare', { defaultMessage: 'rare' }), rare] as const,
  ];
  return gaps.flatMap(([label, shares]) => (shares && (shares.heldout > 0 || shares.synthetic > 0) ? [{ label, first: shares.synthetic, second: shares.heldout }] : []));
}

function FieldPlot({ field }: { field: FieldReport }) {
  const { path, values, histogram, distance, floor, ks, ks_floor, distinct } = field;
  const number = (value: number | null | undefined) => (value === null || value === undefined ? '–' : formatNumber(value, 3));
  const names = [SYNTHETIC, HELDOUT] as const;
  const bars = values?.slice(0, SHOWN_VALUES).map(({ value, heldout, synthetic }) => ({ label: NAMES[value] ?? value, first: synthetic, second: heldout }));
  const gaps = gapsOf(field);
  const table = bars ? barsTable({ bars, names, format: formatProbability }) : histogram && histogramTable(histogram);
  const help = [
    i18n.translate('lyrebird.report.fieldHelp', {
      defaultMessage: '{distinct, plural, one {# value} other {# values}} in training events; distance {distance}, floor {floor}.',
      values: { distinct, distance: number(distance), floor: number(floor) },
    }),
    ...(ks === undefined ? [] : [i18n.translate('lyrebird.report.ksHelp', { defaultMessage: 'Kolmogorov-Smirnov {ks}, floor {floor}.', values: { ks: number(ks), floor: number(ks_floor) } })]),
  ].join(' ');
  return (
    <Plot title={path} help={help} table={table} data-test-subj="lyrebirdReportFieldPlot">
      {bars && <Bars bars={bars} names={names} label={path} format={formatProbability} />}
      {histogram && <HistogramChart histogram={histogram} label={path} height={240} />}
      {!bars && !histogram && (
        <EuiText size="s" color="subdued">
          <p>{i18n.translate('lyrebird.report.noPlot', { defaultMessage: 'Identifiers and free texts have no distribution to draw; the distance is the share in a format never seen.' })}</p>
        </EuiText>
      )}
      {gaps.length > 0 && (
        <>
          <EuiSpacer size="s" />
          <EuiText size="xs" color="subdued">
            {gaps.map(({ label, first, second }) => (
              <p key={label}>
                {i18n.translate('lyrebird.report.gaps', {
                  defaultMessage: '{name}: {synthetic} of synthetic events, {heldout} of held-out ones.',
                  values: { name: label, synthetic: formatProbability(first), heldout: formatProbability(second ?? 0) },
                })}
              </p>
            ))}
          </EuiText>
        </>
      )}
    </Plot>
  );
}
