import { useState } from 'react';
import { EuiComboBox, EuiFlexGroup, EuiFlexItem, EuiFormRow, EuiSelect, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { ABSENT_VALUE, NULL_VALUE, RARE_VALUE, type FieldReport, type LogTypeReport } from '../../../common';
import { formatNumber, formatProbability } from '../../components/format';
import { FLOOR, HELDOUT, HistogramChart, PairedBars, Plot, SYNTHETIC } from './report_charts';

const SHOWN_FIELDS = 15;
const SHOWN_VALUES = 14;

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
          <Plot
            title={i18n.translate('lyrebird.report.worstFields', { defaultMessage: 'Fields farthest from reality' })}
            help={i18n.translate('lyrebird.report.worstFieldsHelp', {
              defaultMessage: 'Distance of synthetic events to held-out ones beside that of real training events. Numbers and times in standard deviations, all else 0 to 1.',
            })}
            data-test-subj="lyrebirdReportWorstFields"
          >
            <PairedBars
              bars={worst.map(({ path, distance, floor }) => ({ label: path, first: distance ?? 0, second: floor }))}
              names={[SYNTHETIC, FLOOR]}
              label={i18n.translate('lyrebird.report.worstFields', { defaultMessage: 'Fields farthest from reality' })}
              format={(value) => formatNumber(value)}
            />
          </Plot>
        </EuiFlexItem>
        <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>{field && <FieldPlot field={field} />}</EuiFlexItem>
      </EuiFlexGroup>
    </div>
  );
}

function FieldPlot({ field }: { field: FieldReport }) {
  const { path, values, histogram, distance, floor, distinct } = field;
  return (
    <Plot
      title={path}
      help={i18n.translate('lyrebird.report.fieldHelp', {
        defaultMessage: '{distinct, plural, one {# value} other {# values}} in training events; distance {distance}, floor {floor}.',
        values: { distinct, distance: distance === null ? '–' : formatNumber(distance, 3), floor: floor === null ? '–' : formatNumber(floor, 3) },
      })}
      data-test-subj="lyrebirdReportFieldPlot"
    >
      {values && (
        <PairedBars
          bars={values.slice(0, SHOWN_VALUES).map(({ value, heldout, synthetic }) => ({ label: NAMES[value] ?? value, first: synthetic, second: heldout }))}
          names={[SYNTHETIC, HELDOUT]}
          label={path}
          format={formatProbability}
        />
      )}
      {histogram && <HistogramChart histogram={histogram} label={path} height={240} />}
      {!values && !histogram && (
        <EuiText size="s" color="subdued">
          <p>{i18n.translate('lyrebird.report.noPlot', { defaultMessage: 'Identifiers and free texts have no distribution to draw; the distance is the share in a format never seen.' })}</p>
        </EuiText>
      )}
      <Gaps field={field} />
    </Plot>
  );
}

/** Missing and null, where there is any of either. */
function Gaps({ field: { absent, null: nulls } }: { field: FieldReport }) {
  const rows = [
    [i18n.translate('lyrebird.report.missing', { defaultMessage: 'Missing' }), absent] as const,
    [i18n.translate('lyrebird.report.isNull', { defaultMessage: 'Null' }), nulls] as const,
  ].filter(([, { heldout, synthetic }]) => heldout > 0 || synthetic > 0);
  if (rows.length === 0) return null;
  return (
    <>
      <EuiSpacer size="s" />
      <EuiText size="xs" color="subdued">
        {rows.map(([name, { heldout, synthetic }]) => (
          <p key={name}>
            {i18n.translate('lyrebird.report.gaps', {
              defaultMessage: '{name}: {synthetic} of synthetic events, {heldout} of held-out ones.',
              values: { name, synthetic: formatProbability(synthetic), heldout: formatProbability(heldout) },
            })}
          </p>
        ))}
      </EuiText>
    </>
  );
}
