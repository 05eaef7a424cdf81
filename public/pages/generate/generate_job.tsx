import { EuiCode, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { FormattedMessage } from '@kbn/i18n-react';
import type { PluginJob } from '../../../common';
import { Counts } from '../../components/counts';
import { JobPanel } from '../../components/job_panel';
import { ReasonsTable } from '../../components/reasons_table';

/** A generation job: what was written where, and what the index would not take. */
export function GenerateJob({ job, onClose }: { job: PluginJob; onClose(): void }) {
  const { generated, written, refused, duplicate, malformed } = job.counts;
  return (
    <JobPanel job={job} subject={job.target_index} onClose={onClose}>
      <Counts
        counts={[
          { name: 'generated', label: i18n.translate('lyrebird.generate.generated', { defaultMessage: 'Generated' }), value: generated },
          { name: 'written', label: i18n.translate('lyrebird.generate.written', { defaultMessage: 'Written' }), value: written, color: 'success' },
          { name: 'refused', label: i18n.translate('lyrebird.generate.refused', { defaultMessage: 'Refused' }), value: refused, color: refused > 0 ? 'danger' : 'subdued' },
          { name: 'duplicate', label: i18n.translate('lyrebird.generate.duplicate', { defaultMessage: 'Already there' }), value: duplicate, color: 'subdued' },
          ...(malformed > 0 ? [{ name: 'malformed', label: i18n.translate('lyrebird.generate.malformed', { defaultMessage: 'Malformed' }), value: malformed, color: 'danger' as const }] : []),
        ]}
      />
      <ReasonsTable title={i18n.translate('lyrebird.generate.refusals', { defaultMessage: 'Why the index refused events' })} reasons={job.refusals} data-test-subj="lyrebirdGenerateRefusals" />
      {job.target_index && written + duplicate > 0 && (
        <>
          <EuiSpacer size="m" />
          <EuiText size="s">
            <p>
              <FormattedMessage
                id="lyrebird.generate.target"
                defaultMessage="They are in {index}; each is marked {mark}, and {run} tells this run from others."
                values={{
                  index: <EuiCode data-test-subj="lyrebirdGenerateTargetIndex">{job.target_index}</EuiCode>,
                  mark: <EuiCode>lyrebird.synthetic: true</EuiCode>,
                  run: <EuiCode>{`lyrebird.job_id: ${job.id}`}</EuiCode>,
                }}
              />
            </p>
          </EuiText>
        </>
      )}
    </JobPanel>
  );
}
