import { EuiBasicTable, EuiFlexGroup, EuiFlexItem, EuiPanel, EuiSpacer, EuiText, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { AnomalyRecord, PluginJob, Status } from '../../../common';
import { useAnomalies, useJobs, useModels, useStatus } from '../../api/queries';
import { PageLayout } from '../../app/page_layout';
import { PATHS } from '../../app/paths';
import { pagePath } from '../../app/url_state';
import { AppLink } from '../../components/app_link';
import { Counts } from '../../components/counts';
import { formatTime } from '../../components/format';
import { JobPanel } from '../../components/job_panel';
import { isRunning } from '../../components/job_text';
import { QueryState } from '../../components/query_state';
import { ScoreBadge } from '../../components/score_badge';
import { explain, surprising } from '../anomalies/explanation';
import { jobSubject, pageOfJob } from './job_links';
import { NextSteps } from './next_steps';
import { NodeStatus } from './node_status';
import { RecentJobs } from './recent_jobs';

const RECENT = 6;

export function OverviewPage() {
  const status = useStatus();
  const jobs = useJobs();
  return (
    <PageLayout
      page="overview"
      title={i18n.translate('lyrebird.overview.title', { defaultMessage: 'Overview' })}
      description={i18n.translate('lyrebird.overview.description', {
        defaultMessage: 'Lyrebird learns the logs of your organisation: it can write them, and it knows when one does not belong.',
      })}
    >
      <QueryState query={status} errorTitle={i18n.translate('lyrebird.overview.error', { defaultMessage: 'The state of Lyrebird cannot be read' })}>
        {(data) => <State status={data} jobs={jobs.data ?? []} />}
      </QueryState>
    </PageLayout>
  );
}

function State({ status, jobs }: { status: Status; jobs: readonly PluginJob[] }) {
  const models = useModels().data;
  const modelName = (id: string) => models?.find((model) => model.id === id)?.name;
  const anything = status.anomaly_records > 0;
  return (
    <>
      <NodeStatus node={status.node} />
      <EuiSpacer size="l" />
      <EuiPanel hasBorder hasShadow={false} paddingSize="l">
        <Counts
          size="m"
          counts={[
            { name: 'models', label: i18n.translate('lyrebird.overview.models', { defaultMessage: 'Models' }), value: status.models },
            { name: 'synthetic', label: i18n.translate('lyrebird.overview.synthetic', { defaultMessage: 'Synthetic events' }), value: status.synthetic_events },
            { name: 'anomalies', label: i18n.translate('lyrebird.overview.anomalies', { defaultMessage: 'Anomalies' }), value: status.anomaly_records },
            { name: 'running', label: i18n.translate('lyrebird.overview.running', { defaultMessage: 'Running jobs' }), value: status.running_jobs },
          ]}
        />
      </EuiPanel>
      {jobs.filter(isRunning).map((job) => (
        <div key={job.id}>
          <EuiSpacer size="m" />
          <JobPanel job={job} subject={jobSubject(job, modelName)}>
            <AppLink to={pageOfJob(job)} data-test-subj="lyrebirdOverviewFollow">
              {i18n.translate('lyrebird.overview.follow', { defaultMessage: 'Follow it' })}
            </AppLink>
          </JobPanel>
        </div>
      ))}
      <EuiSpacer size="xl" />
      <EuiFlexGroup gutterSize="xl">
        <EuiFlexItem grow={2}>
          <EuiTitle size="s">
            <h2>{i18n.translate('lyrebird.overview.next', { defaultMessage: 'Getting started' })}</h2>
          </EuiTitle>
          <EuiSpacer size="m" />
          <NextSteps status={status} />
        </EuiFlexItem>
        {anything && (
          <EuiFlexItem grow={3} style={{ minWidth: 0 }}>
            <RecentAnomalies />
          </EuiFlexItem>
        )}
      </EuiFlexGroup>
      <RecentJobs jobs={jobs.filter((job) => !isRunning(job))} modelName={modelName} />
    </>
  );
}

function RecentAnomalies() {
  const anomalies = useAnomalies({ size: RECENT, sort: 'record_score' });
  return (
    <>
      <EuiFlexGroup alignItems="center" responsive={false} gutterSize="s">
        <EuiFlexItem>
          <EuiTitle size="s">
            <h2>{i18n.translate('lyrebird.overview.anomaliesTitle', { defaultMessage: 'What stands out' })}</h2>
          </EuiTitle>
        </EuiFlexItem>
        <EuiFlexItem grow={false}>
          <AppLink to={PATHS.anomalies} data-test-subj="lyrebirdOverviewAnomalies">
            {i18n.translate('lyrebird.overview.allAnomalies', { defaultMessage: 'All anomalies' })}
          </AppLink>
        </EuiFlexItem>
      </EuiFlexGroup>
      <EuiSpacer size="m" />
      <QueryState query={anomalies} errorTitle={i18n.translate('lyrebird.overview.anomaliesError', { defaultMessage: 'The anomalies cannot be read' })}>
        {({ records }) => (
          <EuiBasicTable
            items={records}
            tableCaption={i18n.translate('lyrebird.overview.anomaliesCaption', { defaultMessage: 'Events with the highest scores' })}
            columns={[
              { field: 'record_score', name: i18n.translate('lyrebird.overview.score', { defaultMessage: 'Score' }), width: '90px', render: (score: number) => <ScoreBadge score={score} /> },
              {
                name: i18n.translate('lyrebird.overview.event', { defaultMessage: 'Event' }),
                render: (record: AnomalyRecord) => {
                  const [top] = surprising(record.lyrebird.top_fields);
                  return (
                    <div style={{ overflowWrap: 'anywhere' }}>
                      <AppLink to={pagePath(PATHS.anomalies, { record: record._id })} data-test-subj="lyrebirdOverviewAnomaly">
                        {top ? explain(top) : record.lyrebird.log_type}
                      </AppLink>
                      <EuiText size="xs" color="subdued">
                        <span>{`${record.lyrebird.entity} · ${formatTime(record.timestamp)}`}</span>
                      </EuiText>
                    </div>
                  );
                },
              },
            ]}
          />
        )}
      </QueryState>
    </>
  );
}
