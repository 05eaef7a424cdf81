import type { ReactNode } from 'react';
import {
  EuiBadge,
  EuiButton,
  EuiButtonEmpty,
  EuiButtonIcon,
  EuiFlexGroup,
  EuiFlexItem,
  EuiPanel,
  EuiProgress,
  EuiSpacer,
  EuiText,
  EuiTitle,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { PluginJob } from '../../common';
import { useJobActions } from '../api/queries';
import { useMay } from '../app/core_context';
import { DatafeedStatus } from './datafeed_status';
import { ErrorCallout } from './error_callout';
import { formatAgo, formatDuration, formatTime } from './format';
import { Needs } from './needs';
import { isResumable, isRunning, jobStageText, jobStateColor, jobStateIcon, jobStateLabel, jobTypeLabel } from './job_text';

interface JobPanelProps {
  job: PluginJob;
  /** What the job is about: the model's or the target's name. */
  subject?: string;
  /** Details below the progress. */
  children?: ReactNode;
  /** Takes the panel off the page; the job goes on. */
  onClose?: () => void;
}

function progressText(job: PluginJob): string {
  const percent = Math.floor(job.progress * 100);
  if (job.state === 'queued') return i18n.translate('lyrebird.job.waiting', { defaultMessage: 'Waiting for its turn' });
  if (job.eta_seconds === undefined) return i18n.translate('lyrebird.job.percent', { defaultMessage: '{percent}%', values: { percent } });
  return i18n.translate('lyrebird.job.percentAndEta', {
    defaultMessage: '{percent}%, about {eta} left',
    values: { percent, eta: formatDuration(job.eta_seconds) },
  });
}

function whenText(job: PluginJob): string {
  if (!job.finished_at) return i18n.translate('lyrebird.job.started', { defaultMessage: 'started {when}', values: { when: formatAgo(job.created_at) } });
  const seconds = (Date.parse(job.finished_at) - Date.parse(job.created_at)) / 1000;
  return i18n.translate('lyrebird.job.finished', {
    defaultMessage: 'ended {when}, after {duration}',
    values: { when: formatAgo(job.finished_at), duration: formatDuration(seconds) },
  });
}

/** A job as it goes: state, stage, progress, time left, and what a person can do about it. */
export function JobPanel({ job, subject, children, onClose }: JobPanelProps) {
  const { cancel, resume } = useJobActions();
  const mayTrain = useMay('train');
  const running = isRunning(job);
  const title = subject
    ? i18n.translate('lyrebird.job.title', { defaultMessage: '{type}: {subject}', values: { type: jobTypeLabel(job.type), subject } })
    : jobTypeLabel(job.type);
  return (
    <EuiPanel hasBorder hasShadow={false} data-test-subj="lyrebirdJobPanel" data-job-id={job.id} data-job-state={job.state}>
      <EuiFlexGroup alignItems="center" gutterSize="m" responsive={false} wrap>
        <EuiFlexItem grow={false}>
          <EuiTitle size="xs">
            <h2>{title}</h2>
          </EuiTitle>
        </EuiFlexItem>
        <EuiFlexItem grow={false} aria-live="polite">
          <EuiBadge color={jobStateColor(job.state)} iconType={jobStateIcon(job.state)} data-test-subj="lyrebirdJobState">
            {jobStateLabel(job.state)}
          </EuiBadge>
        </EuiFlexItem>
        <EuiFlexItem>
          <EuiText size="xs" color="subdued">
            <span title={formatTime(job.created_at)} data-test-subj="lyrebirdJobWhen">
              {whenText(job)}
            </span>
          </EuiText>
        </EuiFlexItem>
        {running && (
          <EuiFlexItem grow={false}>
            <Needs capability="train">
              {(denied) => (
                <EuiButtonEmpty size="s" color="danger" iconType="cross" isDisabled={denied} isLoading={cancel.isLoading} onClick={() => cancel.mutate(job.id)} data-test-subj="lyrebirdJobCancel">
                  {job.datafeed ? i18n.translate('lyrebird.job.stop', { defaultMessage: 'Stop' }) : i18n.translate('lyrebird.job.cancel', { defaultMessage: 'Cancel' })}
                </EuiButtonEmpty>
              )}
            </Needs>
          </EuiFlexItem>
        )}
        {isResumable(job) && (
          <EuiFlexItem grow={false}>
            {/* What writes identifiers is resumed by who may have them. */}
            <Needs capability={mayTrain && job.params.reveal === true ? 'reveal' : 'train'}>
              {(denied) => (
                <EuiButton size="s" iconType="play" isDisabled={denied} isLoading={resume.isLoading} onClick={() => resume.mutate(job)} data-test-subj="lyrebirdJobResume">
                  {i18n.translate('lyrebird.job.resume', { defaultMessage: 'Resume' })}
                </EuiButton>
              )}
            </Needs>
          </EuiFlexItem>
        )}
        {onClose && !running && (
          <EuiFlexItem grow={false}>
            <EuiButtonIcon iconType="cross" color="text" onClick={onClose} aria-label={i18n.translate('lyrebird.job.close', { defaultMessage: 'Close this panel' })} data-test-subj="lyrebirdJobClose" />
          </EuiFlexItem>
        )}
      </EuiFlexGroup>
      {running && job.datafeed && (
        <>
          <EuiSpacer size="m" />
          <DatafeedStatus datafeed={job.datafeed} stage={job.stage} />
        </>
      )}
      {running && !job.datafeed?.real_time_running && (
        <>
          <EuiSpacer size="m" />
          <EuiProgress
            max={1}
            value={job.state === 'queued' ? undefined : job.progress}
            size="m"
            color="primary"
            label={job.stage ? jobStageText(job) : jobStateLabel(job.state)}
            valueText={<span data-test-subj="lyrebirdJobProgress">{progressText(job)}</span>}
          />
        </>
      )}
      {job.error && (
        <>
          <EuiSpacer size="m" />
          <ErrorCallout title={i18n.translate('lyrebird.job.failed', { defaultMessage: 'The job stopped' })} error={job.error} />
        </>
      )}
      {children && (
        <>
          <EuiSpacer size="m" />
          {children}
        </>
      )}
    </EuiPanel>
  );
}
