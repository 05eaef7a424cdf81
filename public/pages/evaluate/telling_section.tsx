import { EuiFlexGroup, EuiFlexItem, EuiSpacer, EuiText, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Report } from '../../../common';
import { BarsPlot } from '../../components/bars_plot';
import { formatNumber } from '../../components/format';
import { Plot } from '../../components/plot';
import { RocChart, rocTable } from './report_charts';

const SHOWN_FEATURES = 10;

/** Whether a classifier can tell synthetic events from real ones, and by what. */
export function TellingSection({ types }: { types: Report['log_types'] }) {
  const told = types.filter((type) => type.discriminator !== undefined);
  if (told.length === 0) {
    return (
      <EuiText size="s" color="subdued">
        <p>{i18n.translate('lyrebird.report.noDiscriminator', { defaultMessage: 'There were too few events to train a classifier on.' })}</p>
      </EuiText>
    );
  }
  return (
    <div data-test-subj="lyrebirdReportTelling">
      {told.map(({ name, discriminator }) => discriminator && <Told key={name} name={name} discriminator={discriminator} />)}
    </div>
  );
}

function Told({ name, discriminator: { auc, floor, steady, roc, importance } }: { name: string; discriminator: NonNullable<Report['log_types'][number]['discriminator']> }) {
  const curve = {
    roc,
    mistaken: i18n.translate('lyrebird.report.rocMistaken', { defaultMessage: 'Real events taken for synthetic' }),
    found: i18n.translate('lyrebird.report.rocFound', { defaultMessage: 'Synthetic events found' }),
  };
  return (
    <>
      <EuiTitle size="xs">
        <h3>{name}</h3>
      </EuiTitle>
      <EuiSpacer size="s" />
      <EuiFlexGroup gutterSize="l" wrap responsive={false}>
        <EuiFlexItem style={{ flex: '1 1 min(100%, 340px)', minWidth: 0 }}>
          <Plot
            title={i18n.translate('lyrebird.report.roc', { defaultMessage: 'Told apart: AUC {auc}', values: { auc: auc === null ? '–' : formatNumber(auc, 3) } })}
            help={[
              floor === null
                ? i18n.translate('lyrebird.report.rocHelpAlone', { defaultMessage: '0.5 is a guess: nobody could tell.' })
                : i18n.translate('lyrebird.report.rocHelp', {
                    defaultMessage: '0.5 is a guess. Real events of another period are told apart with {floor}.',
                    values: { floor: formatNumber(floor, 3) },
                  }),
              ...(steady && steady.auc !== null && steady.changing.length > 0
                ? [
                    i18n.translate('lyrebird.report.steadyHelp', {
                      defaultMessage: 'Without what changes between real periods, too ({changing}): {auc}, real events {floor}.',
                      values: { changing: steady.changing.join(', '), auc: formatNumber(steady.auc, 3), floor: steady.floor === null ? '–' : formatNumber(steady.floor, 3) },
                    }),
                  ]
                : []),
            ].join(' ')}
            table={rocTable(curve)}
          >
            <RocChart {...curve} label={i18n.translate('lyrebird.report.classifier', { defaultMessage: 'Classifier' })} />
          </Plot>
        </EuiFlexItem>
        <EuiFlexItem style={{ flex: '2 1 min(100%, 480px)', minWidth: 0 }}>
          <BarsPlot
            title={i18n.translate('lyrebird.report.importance', { defaultMessage: 'What gives synthetic events away' })}
            help={i18n.translate('lyrebird.report.importanceHelp', { defaultMessage: 'How much worse the classifier gets without it (loss of AUC).' })}
            bars={importance.slice(0, SHOWN_FEATURES).map((each) => ({ label: each.feature, first: each.importance }))}
            names={[i18n.translate('lyrebird.report.loss', { defaultMessage: 'Loss of AUC' })]}
            format={(value) => formatNumber(value, 3)}
          />
        </EuiFlexItem>
      </EuiFlexGroup>
      <EuiSpacer size="l" />
    </>
  );
}
