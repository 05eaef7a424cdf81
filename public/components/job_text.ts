import { i18n } from '@kbn/i18n';
import type { JobState, PluginJob } from '../../common';

const TYPES: Record<PluginJob['type'], string> = {
  train: i18n.translate('lyrebird.job.type.train', { defaultMessage: 'Training' }),
  generate: i18n.translate('lyrebird.job.type.generate', { defaultMessage: 'Generation' }),
  score: i18n.translate('lyrebird.job.type.score', { defaultMessage: 'Scoring' }),
};

const STATES: Record<JobState, { label: string; color: string }> = {
  queued: { label: i18n.translate('lyrebird.job.state.queued', { defaultMessage: 'Queued' }), color: 'default' },
  running: { label: i18n.translate('lyrebird.job.state.running', { defaultMessage: 'Running' }), color: 'primary' },
  completed: { label: i18n.translate('lyrebird.job.state.completed', { defaultMessage: 'Completed' }), color: 'success' },
  failed: { label: i18n.translate('lyrebird.job.state.failed', { defaultMessage: 'Failed' }), color: 'danger' },
  cancelled: { label: i18n.translate('lyrebird.job.state.cancelled', { defaultMessage: 'Cancelled' }), color: 'default' },
  interrupted: { label: i18n.translate('lyrebird.job.state.interrupted', { defaultMessage: 'Interrupted' }), color: 'warning' },
};

const STAGES: Record<string, string> = {
  reading: i18n.translate('lyrebird.job.stage.reading', { defaultMessage: 'Read events' }),
  prepare: i18n.translate('lyrebird.job.stage.prepare', { defaultMessage: 'Prepare' }),
  codec: i18n.translate('lyrebird.job.stage.codec', { defaultMessage: 'Learn fields' }),
  encode: i18n.translate('lyrebird.job.stage.encode', { defaultMessage: 'Encode' }),
  train: i18n.translate('lyrebird.job.stage.train', { defaultMessage: 'Train' }),
  calibrate: i18n.translate('lyrebird.job.stage.calibrate', { defaultMessage: 'Calibrate' }),
  generating: i18n.translate('lyrebird.job.stage.generating', { defaultMessage: 'Generate and write' }),
  scoring: i18n.translate('lyrebird.job.stage.scoring', { defaultMessage: 'Score' }),
};

export const jobTypeLabel = (type: PluginJob['type']): string => TYPES[type];
export const jobStateLabel = (state: JobState): string => STATES[state].label;
export const jobStateColor = (state: JobState): string => STATES[state].color;
/** A stage that this version does not know is shown by its key. */
export const jobStageLabel = (stage: string): string => STAGES[stage] ?? stage;

export const TRAIN_STAGE_ORDER = ['reading', 'prepare', 'codec', 'encode', 'train', 'calibrate'] as const;

export const isRunning = ({ state }: Pick<PluginJob, 'state'>): boolean => state === 'running' || state === 'queued';
export const isResumable = ({ state }: Pick<PluginJob, 'state'>): boolean => state === 'interrupted' || state === 'failed' || state === 'cancelled';
