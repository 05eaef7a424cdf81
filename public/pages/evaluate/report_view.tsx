import { useState } from 'react';
import { EuiCallOut, EuiPanel, EuiScreenReaderOnly, EuiSpacer, EuiTab, EuiTabs, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Report } from '../../../common';
import { Counts } from '../../components/counts';
import { formatCount, formatTime } from '../../components/format';
import { ReasonsTable } from '../../components/reasons_table';
import { FieldsSection } from './fields_section';
import { FiguresSection } from './figures_section';
import { PrivacySection } from './privacy_section';
import { SequenceSection } from './sequence_section';
import { TellingSection } from './telling_section';
import { TogetherSection } from './together_section';
import { WhoSection } from './who_section';

const SECTIONS = [
  { id: 'figures', label: i18n.translate('lyrebird.report.tab.figures', { defaultMessage: 'Figures' }), show: (report: Report) => <FiguresSection figures={report.figures} /> },
  { id: 'fields', label: i18n.translate('lyrebird.report.tab.fields', { defaultMessage: 'Fields' }), show: (report: Report) => <FieldsSection types={report.log_types} /> },
  { id: 'together', label: i18n.translate('lyrebird.report.tab.together', { defaultMessage: 'Fields together' }), show: (report: Report) => <TogetherSection report={report} /> },
  { id: 'sequence', label: i18n.translate('lyrebird.report.tab.sequence', { defaultMessage: 'Order and time' }), show: (report: Report) => <SequenceSection sequence={report.sequence} sessions={report.sessions} /> },
  { id: 'telling', label: i18n.translate('lyrebird.report.tab.telling', { defaultMessage: 'Real or synthetic' }), show: (report: Report) => <TellingSection types={report.log_types} /> },
  { id: 'privacy', label: i18n.translate('lyrebird.report.tab.privacy', { defaultMessage: 'Privacy' }), show: (report: Report) => <PrivacySection privacy={report.privacy} figures={report.figures} /> },
  { id: 'who', label: i18n.translate('lyrebird.report.tab.who', { defaultMessage: 'Entities and techniques' }), show: (report: Report) => <WhoSection entities={report.entities} techniques={report.techniques} /> },
] as const;
type SectionId = (typeof SECTIONS)[number]['id'];

/** A report as plots: how near to reality the events of a model are, each figure beside its floor. */
export function ReportView({ report }: { report: Report }) {
  const [section, setSection] = useState<SectionId>('figures');
  const judged = report.figures.filter(({ verdict }) => verdict !== 'none');
  const met = judged.filter(({ verdict }) => verdict === 'met').length;
  const { heldout, synthetic, entities } = report.samples;
  return (
    <div data-test-subj="lyrebirdReport">
      <EuiPanel hasBorder hasShadow={false} paddingSize="l">
        <EuiScreenReaderOnly>
          <h2>{i18n.translate('lyrebird.report.summary', { defaultMessage: 'Summary' })}</h2>
        </EuiScreenReaderOnly>
        <Counts
          size="m"
          counts={[
            {
              name: 'met',
              label: i18n.translate('lyrebird.report.met', { defaultMessage: 'Goals met' }),
              value: i18n.translate('lyrebird.report.metOf', { defaultMessage: '{met} of {all}', values: { met, all: judged.length } }),
            },
            { name: 'synthetic', label: i18n.translate('lyrebird.report.syntheticEvents', { defaultMessage: 'Synthetic events' }), value: synthetic.events },
            { name: 'heldout', label: i18n.translate('lyrebird.report.heldoutEvents', { defaultMessage: 'Real events, held out' }), value: heldout.events },
            { name: 'entities', label: i18n.translate('lyrebird.report.entitiesLooked', { defaultMessage: 'Entities looked at' }), value: entities.looked_at },
          ]}
        />
        <EuiSpacer size="s" />
        <EuiText size="xs" color="subdued">
          <p>
            {i18n.translate('lyrebird.report.made', {
              defaultMessage: 'Made {when}. Compared with real events from {from} to {to} that the model never saw; seed {seed}.',
              values: { when: formatTime(report.created_at), from: formatTime(heldout.from), to: formatTime(heldout.to), seed: report.seed },
            })}
          </p>
        </EuiText>
        <Validity validity={report.validity} />
      </EuiPanel>
      {report.notes.length > 0 && (
        <>
          <EuiSpacer size="m" />
          <EuiCallOut size="s" iconType="info" title={i18n.translate('lyrebird.report.notes', { defaultMessage: 'To know when reading this' })}>
            <EuiText size="s">
              <ul>
                {report.notes.map((note) => (
                  <li key={note}>{note}</li>
                ))}
              </ul>
            </EuiText>
          </EuiCallOut>
        </>
      )}
      <EuiSpacer size="m" />
      <EuiTabs>
        {SECTIONS.map(({ id, label }) => (
          <EuiTab key={id} isSelected={section === id} onClick={() => setSection(id)} data-test-subj={`lyrebirdReportTab-${id}`}>
            {label}
          </EuiTab>
        ))}
      </EuiTabs>
      <EuiSpacer size="m" />
      {SECTIONS.find(({ id }) => id === section)?.show(report)}
    </div>
  );
}

/** What could not be used: malformed texts, and events that the index refused. */
function Validity({ validity: { generated, malformed, index } }: Pick<Report, 'validity'>) {
  return (
    <>
      {malformed > 0 && (
        <EuiText size="xs" color="danger">
          <p>
            {i18n.translate('lyrebird.report.malformed', {
              defaultMessage: '{malformed} of {generated} texts were no valid JSON.',
              values: { malformed: formatCount(malformed), generated: formatCount(generated) },
            })}
          </p>
        </EuiText>
      )}
      {index && (
        <EuiText size="xs" color="subdued">
          <p data-test-subj="lyrebirdReportTrial">
            {i18n.translate('lyrebird.report.trial', {
              defaultMessage: '{accepted} of {tried} events were accepted by an index with the mapping of {index}.',
              values: { accepted: formatCount(index.accepted), tried: formatCount(index.tried), index: index.index },
            })}
          </p>
          {index.note && <p>{index.note}</p>}
        </EuiText>
      )}
      {index && <ReasonsTable title={i18n.translate('lyrebird.report.refusals', { defaultMessage: 'Why an index refused events' })} reasons={index.refusals} data-test-subj="lyrebirdReportRefusals" />}
    </>
  );
}
