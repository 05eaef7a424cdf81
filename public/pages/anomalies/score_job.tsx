import { i18n } from '@kbn/i18n';
import type { PluginJob } from '../../../common';
import { Counts } from '../../components/counts';
import { JobPanel } from '../../components/job_panel';
import { ReasonsTable } from '../../components/reasons_table';
import { TitledTable } from '../../components/titled_table';

/** A scoring job as it goes. */
export function ScoreJob({ job, subject, onClose }: { job: PluginJob; subject: string; onClose(): void }) {
  const { counts, datafeed } = job;
  return (
    <JobPanel job={job} subject={subject} onClose={onClose}>
      <Counts
        counts={[
          { name: 'read', label: i18n.translate('lyrebird.score.read', { defaultMessage: 'Events read' }), value: counts.read },
          { name: 'scored', label: i18n.translate('lyrebird.score.scored', { defaultMessage: 'Scored' }), value: counts.scored },
          { name: 'records', label: i18n.translate('lyrebird.score.records', { defaultMessage: 'Anomalies kept' }), value: counts.records },
          ...(job.ignored
            ? [{ name: 'ignored', label: i18n.translate('lyrebird.score.ignored', { defaultMessage: 'Hidden by rules' }), value: Object.values(job.ignored).reduce((sum, n) => sum + n, 0) }]
            : []),
          ...(datafeed
            ? [
                { name: 'late', label: i18n.translate('lyrebird.score.late', { defaultMessage: 'Arrived late' }), value: datafeed.late_documents },
                {
                  name: 'missed',
                  label: i18n.translate('lyrebird.score.missed', { defaultMessage: 'Missed, too late' }),
                  value: datafeed.missed_documents,
                  ...(datafeed.missed_documents > 0 ? { color: 'danger' as const } : {}),
                },
              ]
            : []),
        ]}
      />
      <ReasonsTable title={i18n.translate('lyrebird.score.skipped', { defaultMessage: 'Events left out' })} reasons={job.skipped} data-test-subj="lyrebirdScoreSkipped" />
      {job.set_aside && <SetAside events={job.set_aside} />}
    </JobPanel>
  );
}

/** Events that could not be scored, for whoever wants to see why. */
function SetAside({ events }: { events: NonNullable<PluginJob['set_aside']> }) {
  return (
    <TitledTable
      title={i18n.translate('lyrebird.score.setAside', { defaultMessage: 'Some that could not be scored' })}
      items={events}
      columns={[
        { name: i18n.translate('lyrebird.score.setAsideEvent', { defaultMessage: 'Event' }), width: '40%', render: ({ index, id }: { index: string; id: string }) => `${index} / ${id}` },
        { field: 'reason', name: i18n.translate('lyrebird.score.setAsideReason', { defaultMessage: 'Reason' }) },
      ]}
      data-test-subj="lyrebirdScoreSetAside"
    />
  );
}
