import { EuiFlexGroup, EuiFlexItem, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Report } from '../../../common';
import { Counts } from '../../components/counts';
import { formatCount } from '../../components/format';
import { Plot } from '../../components/plot';
import { formatFigure } from './figure_text';
import { FigureGroup } from './figures_section';
import { HistogramChart, RocChart, histogramTable, rocTable } from './report_charts';

/** Whether training events come back. */
export function PrivacySection({ privacy, figures }: Pick<Report, 'privacy' | 'figures'>) {
  const { nearest, closest_record, membership_roc, copied_ids } = privacy;
  const nearestTitle = i18n.translate('lyrebird.report.nearest', { defaultMessage: 'Distance to the nearest training event' });
  const attack = {
    roc: membership_roc,
    mistaken: i18n.translate('lyrebird.report.attackerMistaken', { defaultMessage: 'Held-out events taken for training' }),
    found: i18n.translate('lyrebird.report.attackerFound', { defaultMessage: 'Training events found' }),
  };
  const membershipTitle = i18n.translate('lyrebird.report.membership', { defaultMessage: 'Membership inference' });
  return (
    <div data-test-subj="lyrebirdReportPrivacy">
      <FigureGroup group="privacy" figures={figures} />
      <EuiSpacer size="l" />
      <Plot
        title={i18n.translate('lyrebird.report.closest', { defaultMessage: 'Which real event is nearest' })}
        help={i18n.translate('lyrebird.report.closestHelp', {
          defaultMessage: 'Of as many training events as held-out ones. Training events much more often than held-out ones would mean that the model learned them by heart.',
        })}
      >
        <Counts
          counts={[
            { name: 'closestTrain', label: i18n.translate('lyrebird.report.closestTrain', { defaultMessage: 'One of training' }), value: formatFigure(closest_record.train, 'share') },
            { name: 'closestHeldout', label: i18n.translate('lyrebird.report.closestHeldout', { defaultMessage: 'One held out' }), value: formatFigure(closest_record.heldout, 'share') },
            { name: 'closestTies', label: i18n.translate('lyrebird.report.closestTies', { defaultMessage: 'Both as near' }), value: formatFigure(closest_record.ties, 'share') },
            ...(copied_ids.values > 0
              ? [
                  {
                    name: 'copiedIds',
                    label: i18n.translate('lyrebird.report.copiedIds', { defaultMessage: 'Training identifiers among {values}', values: { values: formatCount(copied_ids.values) } }),
                    value: formatFigure(copied_ids.share, 'share'),
                  },
                ]
              : []),
          ]}
        />
      </Plot>
      <EuiSpacer size="l" />
      <EuiFlexGroup gutterSize="l" wrap responsive={false}>
        <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
          <Plot title={nearestTitle} help={i18n.translate('lyrebird.report.nearestHelp', { defaultMessage: 'Share of fields that differ. At 0 an event equals a training event, as real events do to each other.' })} table={histogramTable(nearest)}>
            <HistogramChart histogram={nearest} label={nearestTitle} height={220} />
          </Plot>
        </EuiFlexItem>
        <EuiFlexItem style={{ flex: '1 1 min(100%, 440px)', minWidth: 0 }}>
          <Plot title={membershipTitle} help={i18n.translate('lyrebird.report.membershipHelp', { defaultMessage: 'An attacker guesses which real events were trained on, by how near a synthetic one is. The line in the middle: he learns nothing.' })} table={rocTable(attack)}>
            <RocChart {...attack} label={i18n.translate('lyrebird.report.attacker', { defaultMessage: 'Attacker' })} />
          </Plot>
        </EuiFlexItem>
      </EuiFlexGroup>
    </div>
  );
}
