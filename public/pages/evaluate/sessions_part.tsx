import { EuiFlexGroup, EuiFlexItem, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { SessionReport } from '../../../common';
import { BarsPlot, type Bar } from '../../components/bars_plot';
import { formatCount, formatProbability } from '../../components/format';
import { HELDOUT, SYNTHETIC } from './report_charts';

const SHOWN = 10;
const half = { flex: '1 1 min(100%, 440px)', minWidth: 0 };

interface Known {
  heldout: number | null;
  synthetic: number | null;
}
const bar = (label: string, { heldout, synthetic }: Known): Bar[] => (synthetic === null ? [] : [{ label, first: synthetic, second: heldout }]);

/** Whether the events of a session hang together: its ids come again, it signs in first, its times are in order. */
export function SessionsPart({ sessions: { ids, sign_in, times, backwards } }: { sessions: SessionReport }) {
  const repeated = ids
    .flatMap(({ path, repeats }) => bar(path, repeats))
    .sort((a, b) => Math.abs(b.first - (b.second ?? 0)) - Math.abs(a.first - (a.second ?? 0)))
    .slice(0, SHOWN);
  const broken = [
    ...(sign_in ? bar(i18n.translate('lyrebird.report.useFirst', { defaultMessage: 'Sessions: use before a sign-in' }), sign_in.before) : []),
    ...[...times].sort((a, b) => b.synthetic - a.synthetic).slice(0, SHOWN).flatMap(({ earlier, later, ...shares }) => bar(i18n.translate('lyrebird.report.timesSwapped', { defaultMessage: 'Events: {later} before {earlier}', values: { later, earlier } }), shares)),
  ];
  const backwardsText = i18n.translate('lyrebird.report.backwards', {
    defaultMessage: '{backwards, plural, =0 {No synthetic event stands} one {# synthetic event stands} other {{count} synthetic events stand}} after a later one of its entity.',
    values: { backwards, count: formatCount(backwards) },
  });
  return (
    <EuiFlexGroup gutterSize="l" wrap responsive={false} alignItems="flexStart">
      {repeated.length > 0 && (
        <EuiFlexItem style={half}>
          <BarsPlot
            title={i18n.translate('lyrebird.report.repeats', { defaultMessage: 'Ids that come again in a session' })}
            help={i18n.translate('lyrebird.report.repeatsHelp', { defaultMessage: 'Of a session’s events after the first with the field: the share whose id the session had before.' })}
            bars={repeated}
            names={[SYNTHETIC, HELDOUT]}
            format={formatProbability}
            data-test-subj="lyrebirdReportRepeats"
          />
          <EuiSpacer size="l" />
        </EuiFlexItem>
      )}
      {broken.length > 0 && (
        <EuiFlexItem style={half}>
          <BarsPlot
            title={i18n.translate('lyrebird.report.outOfOrder', { defaultMessage: 'What is out of order' })}
            help={backwardsText}
            bars={broken}
            names={[SYNTHETIC, HELDOUT]}
            format={formatProbability}
            data-test-subj="lyrebirdReportOutOfOrder"
          />
          <EuiSpacer size="l" />
        </EuiFlexItem>
      )}
    </EuiFlexGroup>
  );
}
