import { useState } from 'react';
import { EuiButton, EuiButtonEmpty, EuiEmptyPrompt, EuiFlexGroup, EuiFlexItem, EuiSkeletonText, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { reportFileName, type ModelCard, type PluginJob, type Report } from '../../../common';
import { toAppError } from '../../api/errors';
import { useJob, useJobs, useReport, useReportPage } from '../../api/queries';
import { PageLayout } from '../../app/page_layout';
import { useUrlState } from '../../app/url_state';
import { Counts } from '../../components/counts';
import { downloadFile } from '../../components/download_file';
import { ErrorCallout } from '../../components/error_callout';
import { JobPanel } from '../../components/job_panel';
import { isRunning } from '../../components/job_text';
import { ModelSelect } from '../../components/model_select';
import { Needs } from '../../components/needs';
import { WithModels } from '../../components/no_models';
import { EvaluateFlyout } from './evaluate_flyout';
import { ReportView } from './report_view';

/** Address state: `model` whose report is shown, `job` followed. */
export function EvaluatePage() {
  return (
    <PageLayout
      page="report"
      title={i18n.translate('lyrebird.report.title', { defaultMessage: 'Report' })}
      description={i18n.translate('lyrebird.report.description', {
        defaultMessage: 'How near a model’s events are to real ones that it never saw. Each figure stands beside its floor: how near real events of another time are.',
      })}
    >
      <WithModels>{(models) => <ModelReport models={models} />}</WithModels>
    </PageLayout>
  );
}

function ModelReport({ models }: { models: ModelCard[] }) {
  const [url, change] = useUrlState();
  const [starting, setStarting] = useState(false);
  const [dismissed, setDismissed] = useState<string>();
  const model = models.find(({ id }) => id === url.model) ?? models[0];
  const jobs = useJobs();
  const ofModel = (jobs.data ?? []).filter((job) => job.type === 'evaluate' && job.model_id === model.id);
  // Without one in the address, the job that runs (or waits to be resumed) is the one a person comes to see.
  const jobId = ofModel.find(isRunning)?.id ?? url.job ?? ofModel.find(({ id, state }) => state === 'interrupted' && id !== dismissed)?.id;
  const job = useJob(jobId);
  const report = useReport(model.id);
  const none = report.isError && toAppError(report.error).code === 'LYREBIRD_NOT_FOUND';
  const busy = job.data !== undefined && isRunning(job.data);

  return (
    <>
      <EuiFlexGroup gutterSize="m" wrap alignItems="center" responsive={false}>
        <EuiFlexItem style={{ flex: '1 1 280px' }}>
          <ModelSelect models={models} value={model.id} onChange={(id) => change({ model: id, job: undefined }, { replace: true })} data-test-subj="lyrebirdReportModel" />
        </EuiFlexItem>
        {report.data && <Downloads modelId={model.id} report={report.data} />}
        {!none && (
          <EuiFlexItem grow={false}>
            <Needs capability="generate">
              {(denied) => (
                <EuiButton iconType="refresh" onClick={() => setStarting(true)} isDisabled={busy || denied} data-test-subj="lyrebirdReportAgain">
                  {i18n.translate('lyrebird.report.again', { defaultMessage: 'Make it again' })}
                </EuiButton>
              )}
            </Needs>
          </EuiFlexItem>
        )}
      </EuiFlexGroup>
      <EuiSpacer size="l" />
      {job.data && job.data.id !== dismissed && (
        <>
          <EvaluateJob job={job.data} subject={model.name} onClose={() => setDismissed(job.data.id)} />
          <EuiSpacer size="l" />
        </>
      )}
      {report.data && <ReportView key={report.data.created_at} report={report.data} />}
      {report.isError && !none && (
        <ErrorCallout title={i18n.translate('lyrebird.report.error', { defaultMessage: 'The report cannot be shown' })} error={report.error} onRetry={() => void report.refetch()} />
      )}
      {none && !busy && <NoReport name={model.name} onStart={() => setStarting(true)} />}
      {report.isLoading && <EuiSkeletonText lines={6} data-test-subj="lyrebirdLoading" />}
      {starting && (
        <EvaluateFlyout
          model={model}
          onClose={() => setStarting(false)}
          onStarted={({ id }) => {
            setStarting(false);
            change({ model: model.id, job: id });
          }}
        />
      )}
    </>
  );
}

/** The report as files: a page that stands alone for people, JSON for programs. */
function Downloads({ modelId, report }: { modelId: string; report: Report }) {
  const name = reportFileName(modelId);
  const page = useReportPage((html) => downloadFile(name, 'text/html', html));
  return (
    <>
      <EuiFlexItem grow={false}>
        <EuiButtonEmpty size="s" iconType="download" isLoading={page.isLoading} onClick={() => page.mutate(modelId)} data-test-subj="lyrebirdReportHtml">
          {i18n.translate('lyrebird.report.html', { defaultMessage: 'Download HTML' })}
        </EuiButtonEmpty>
      </EuiFlexItem>
      <EuiFlexItem grow={false}>
        <EuiButtonEmpty
          size="s"
          iconType="download"
          onClick={() => downloadFile(name.replace(/html$/, 'json'), 'application/json', JSON.stringify(report, null, 2))}
          data-test-subj="lyrebirdReportJson"
        >
          {i18n.translate('lyrebird.report.json', { defaultMessage: 'Download JSON' })}
        </EuiButtonEmpty>
      </EuiFlexItem>
    </>
  );
}

/** An evaluation as it goes. */
function EvaluateJob({ job, subject, onClose }: { job: PluginJob; subject: string; onClose(): void }) {
  return (
    <JobPanel job={job} subject={subject} onClose={onClose}>
      <Counts counts={[{ name: 'read', label: i18n.translate('lyrebird.report.read', { defaultMessage: 'Events read' }), value: job.counts.read }]} />
    </JobPanel>
  );
}

function NoReport({ name, onStart }: { name: string; onStart(): void }) {
  return (
    <EuiEmptyPrompt
      iconType="visBarHorizontal"
      title={<h2>{i18n.translate('lyrebird.report.noneTitle', { defaultMessage: 'No report on {name} yet', values: { name }, ignoreTag: true })}</h2>}
      body={
        <p>
          {i18n.translate('lyrebird.report.noneBody', {
            defaultMessage: 'Let the model write events for a time that it has not seen, and compare them with the real ones: field by field, together, in order, and for what they give away.',
          })}
        </p>
      }
      actions={
        <Needs capability="generate">
          {(denied) => (
            <EuiButton fill isDisabled={denied} onClick={onStart} data-test-subj="lyrebirdReportFirst">
              {i18n.translate('lyrebird.report.noneAction', { defaultMessage: 'Make a report' })}
            </EuiButton>
          )}
        </Needs>
      }
      data-test-subj="lyrebirdNoReport"
    />
  );
}
