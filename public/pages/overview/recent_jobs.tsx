import { EuiBadge, EuiBasicTable, EuiSpacer, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { PluginJob } from '../../../common';
import { AppLink } from '../../components/app_link';
import { formatAgo } from '../../components/format';
import { jobStateColor, jobStateIcon, jobStateLabel, jobTypeLabel } from '../../components/job_text';
import { jobSubject, pageOfJob } from './job_links';

const SHOWN = 8;

interface RecentJobsProps {
  /** Those that have ended, the newest first. */
  jobs: readonly PluginJob[];
  modelName(id: string): string | undefined;
}

/** What was done last, and the way back to it: a job that was cancelled or broke off is resumed on its own page. */
export function RecentJobs({ jobs, modelName }: RecentJobsProps) {
  if (jobs.length === 0) return null;
  const title = i18n.translate('lyrebird.overview.recent', { defaultMessage: 'Recent jobs' });
  return (
    <>
      <EuiSpacer size="xl" />
      <EuiTitle size="s">
        <h2>{title}</h2>
      </EuiTitle>
      <EuiSpacer size="m" />
      <EuiBasicTable
        items={jobs.slice(0, SHOWN)}
        itemId="id"
        tableCaption={title}
        columns={[
          {
            name: i18n.translate('lyrebird.overview.job', { defaultMessage: 'Job' }),
            render: (job: PluginJob) => (
              <AppLink to={pageOfJob(job)} data-test-subj={`lyrebirdOverviewJob-${job.id}`}>
                {[jobTypeLabel(job.type), jobSubject(job, modelName)].filter(Boolean).join(': ')}
              </AppLink>
            ),
          },
          {
            name: i18n.translate('lyrebird.overview.jobState', { defaultMessage: 'State' }),
            width: '160px',
            render: ({ state }: PluginJob) => (
              <EuiBadge color={jobStateColor(state)} iconType={jobStateIcon(state)}>
                {jobStateLabel(state)}
              </EuiBadge>
            ),
          },
          { name: i18n.translate('lyrebird.overview.jobEnded', { defaultMessage: 'Ended' }), width: '180px', render: ({ finished_at, updated_at }: PluginJob) => formatAgo(finished_at ?? updated_at) },
        ]}
        data-test-subj="lyrebirdOverviewJobs"
      />
    </>
  );
}
