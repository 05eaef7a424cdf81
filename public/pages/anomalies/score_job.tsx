import { i18n } from '@kbn/i18n';
import type { PluginJob } from '../../../common';
import { Counts } from '../../components/counts';
import { JobPanel } from '../../components/job_panel';
import { ReasonsTable } from '../../components/reasons_table';

/** A scoring job as it goes. */
export function ScoreJob({ job, subject, onClose }: { job: PluginJob; subject: string; onClose(): void }) {
  return (
    <JobPanel job={job} subject={subject} onClose={onClose}>
      <Counts
        counts={[
          { name: 'read', label: i18n.translate('lyrebird.score.read', { defaultMessage: 'Events read' }), value: job.counts.read },
          { name: 'scored', label: i18n.translate('lyrebird.score.scored', { defaultMessage: 'Scored' }), value: job.counts.scored },
          { name: 'records', label: i18n.translate('lyrebird.score.records', { defaultMessage: 'Anomalies kept' }), value: job.counts.records },
        ]}
      />
      <ReasonsTable title={i18n.translate('lyrebird.score.skipped', { defaultMessage: 'Events left out' })} reasons={job.skipped} data-test-subj="lyrebirdScoreSkipped" />
    </JobPanel>
  );
}
