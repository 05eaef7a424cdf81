import { EuiCallOut, EuiFlexGroup, EuiFlexItem, EuiSpacer, EuiStepsHorizontal, type EuiStepsHorizontalProps } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { PluginJob } from '../../../common';
import { AppButton, AppButtonEmpty } from '../../components/app_link';
import { Counts } from '../../components/counts';
import { formatCount, formatNumber } from '../../components/format';
import { JobPanel } from '../../components/job_panel';
import { AUGMENT_STAGE_ORDER, FINETUNE_STAGE_ORDER, TRAIN_STAGE_ORDER, jobStageLabel } from '../../components/job_text';
import { LossChart } from '../../components/loss_chart';
import { Needs } from '../../components/needs';
import { ReasonsTable } from '../../components/reasons_table';
import { PATHS } from '../../app/paths';
import { pagePath } from '../../app/url_state';
import { trainJobSubject } from './train_state';

type Steps = EuiStepsHorizontalProps['steps'];

function steps(job: PluginJob): Steps {
  const order = job.type === 'finetune' ? FINETUNE_STAGE_ORDER : job.type === 'augment' ? AUGMENT_STAGE_ORDER : TRAIN_STAGE_ORDER;
  const at = job.state === 'completed' ? order.length : order.findIndex((stage) => stage === job.stage);
  const stopped = job.state === 'failed' ? 'danger' : job.state === 'running' ? 'current' : 'incomplete';
  return order.map((stage, i) => ({
    title: jobStageLabel(stage),
    status: i < at ? 'complete' : i === at ? stopped : 'incomplete',
    disabled: i > at,
    // They show and do nothing: no stop for the keyboard, no hand for the mouse.
    onClick: () => undefined,
    tabIndex: -1,
    style: { pointerEvents: 'none' },
  }));
}

/** A training job: its stages, its loss curve as it grows, and where to go once it is done. */
export function TrainJob({ job, onClose }: { job: PluginJob; onClose(): void }) {
  const modelId = job.model_id;
  const last = job.loss_curve.at(-1);
  const heldout = [...job.loss_curve].reverse().find((point) => point.heldout !== undefined)?.heldout;
  return (
    <JobPanel job={job} subject={trainJobSubject(job)} onClose={onClose}>
      <EuiStepsHorizontal steps={steps(job)} size="s" data-test-subj="lyrebirdTrainStages" />
      <EuiFlexGroup>
        <EuiFlexItem>
          <LossChart curve={job.loss_curve} />
        </EuiFlexItem>
      </EuiFlexGroup>
      <EuiSpacer size="m" />
      <Counts
        counts={[
          { name: 'read', label: i18n.translate('lyrebird.train.read', { defaultMessage: 'Events read' }), value: job.counts.read },
          { name: 'steps', label: i18n.translate('lyrebird.train.steps', { defaultMessage: 'Training steps' }), value: last ? formatCount(last.step) : '–' },
          { name: 'loss', label: i18n.translate('lyrebird.train.loss', { defaultMessage: 'Training loss, nats per token' }), value: last ? formatNumber(last.train, 3) : '–' },
          { name: 'heldout', label: i18n.translate('lyrebird.train.heldout', { defaultMessage: 'Held-out loss, nats per token' }), value: heldout === undefined ? '–' : formatNumber(heldout, 3) },
        ]}
      />
      <ReasonsTable title={i18n.translate('lyrebird.train.skipped', { defaultMessage: 'Events left out' })} reasons={job.skipped} data-test-subj="lyrebirdTrainSkipped" />
      {job.state === 'completed' && modelId && (
        <>
          <EuiSpacer size="m" />
          <EuiCallOut color="success" iconType="check" title={i18n.translate('lyrebird.train.done', { defaultMessage: 'The model is ready' })} data-test-subj="lyrebirdTrainDone">
            <EuiFlexGroup gutterSize="s" responsive={false} wrap>
              <EuiFlexItem grow={false}>
                <Needs capability="generate">
                  {(denied) => (
                    <AppButton isDisabled={denied} to={pagePath(PATHS.generate, { model: modelId })} data-test-subj="lyrebirdTrainToGenerate">
                      {i18n.translate('lyrebird.train.toGenerate', { defaultMessage: 'Generate events' })}
                    </AppButton>
                  )}
                </Needs>
              </EuiFlexItem>
              <EuiFlexItem grow={false}>
                <Needs capability="score">
                  {(denied) => (
                    <AppButton isDisabled={denied} to={pagePath(PATHS.anomalies, { score: modelId })} data-test-subj="lyrebirdTrainToScore">
                      {i18n.translate('lyrebird.train.toScore', { defaultMessage: 'Score events' })}
                    </AppButton>
                  )}
                </Needs>
              </EuiFlexItem>
              <EuiFlexItem grow={false}>
                <AppButtonEmpty to={pagePath(PATHS.train, { model: modelId })} data-test-subj="lyrebirdTrainToCard">
                  {i18n.translate('lyrebird.train.toCard', { defaultMessage: 'What it learned' })}
                </AppButtonEmpty>
              </EuiFlexItem>
            </EuiFlexGroup>
          </EuiCallOut>
        </>
      )}
    </JobPanel>
  );
}
