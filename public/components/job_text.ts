import { i18n } from '@kbn/i18n';
import type { JobState, PluginJob } from '../../common';

const TYPES: Record<string, string> = {
  train: i18n.translate('lyrebird.job.type.train', { defaultMessage: 'Training' }),
  finetune: i18n.translate('lyrebird.job.type.finetune', { defaultMessage: 'Fine-tuning' }),
  augment: i18n.translate('lyrebird.job.type.augment', { defaultMessage: 'Augmentation' }),
  generate: i18n.translate('lyrebird.job.type.generate', { defaultMessage: 'Generation' }),
  evaluate: i18n.translate('lyrebird.job.type.evaluate', { defaultMessage: 'Report' }),
  score: i18n.translate('lyrebird.job.type.score', { defaultMessage: 'Scoring' }),
};

// EUI's own green badge has too little contrast for its white text.
const STATES: Record<JobState, { label: string; color: string; icon?: string }> = {
  queued: { label: i18n.translate('lyrebird.job.state.queued', { defaultMessage: 'Queued' }), color: 'default' },
  running: { label: i18n.translate('lyrebird.job.state.running', { defaultMessage: 'Running' }), color: 'primary' },
  completed: { label: i18n.translate('lyrebird.job.state.completed', { defaultMessage: 'Completed' }), color: 'hollow', icon: 'check' },
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
  measure: i18n.translate('lyrebird.job.stage.measure', { defaultMessage: 'Measure' }),
  read: i18n.translate('lyrebird.job.stage.read', { defaultMessage: 'Choose' }),
  generate: i18n.translate('lyrebird.job.stage.generate', { defaultMessage: 'Generate' }),
  compare: i18n.translate('lyrebird.job.stage.compare', { defaultMessage: 'Before and after' }),
  comparing: i18n.translate('lyrebird.job.stage.comparing', { defaultMessage: 'Compare' }),
  trying: i18n.translate('lyrebird.job.stage.trying', { defaultMessage: 'Try in an index' }),
  generating: i18n.translate('lyrebird.job.stage.generating', { defaultMessage: 'Generate and write' }),
  scoring: i18n.translate('lyrebird.job.stage.scoring', { defaultMessage: 'Score' }),
  waiting: i18n.translate('lyrebird.job.stage.waiting', { defaultMessage: 'Wait' }),
};

/** What goes on in a stage, as a sentence beside its progress. */
const STAGE_TEXTS: Record<string, string> = {
  reading: i18n.translate('lyrebird.job.doing.reading', { defaultMessage: 'Reading events from Elasticsearch' }),
  prepare: i18n.translate('lyrebird.job.doing.prepare', { defaultMessage: 'Sorting events by entity and time' }),
  codec: i18n.translate('lyrebird.job.doing.codec', { defaultMessage: 'Finding out what each field holds, and what follows from what' }),
  encode: i18n.translate('lyrebird.job.doing.encode', { defaultMessage: 'Turning events into tokens' }),
  train: i18n.translate('lyrebird.job.doing.train', { defaultMessage: 'Learning what comes after what' }),
  calibrate: i18n.translate('lyrebird.job.doing.calibrate', { defaultMessage: 'Measuring how surprising normal events are' }),
  measure: i18n.translate('lyrebird.job.doing.measure', { defaultMessage: 'Comparing with the base on events held out' }),
  read: i18n.translate('lyrebird.job.doing.read', { defaultMessage: 'Finding out who has little history, and who is like them' }),
  generate: i18n.translate('lyrebird.job.doing.generate', { defaultMessage: 'Writing what they would have done before' }),
  compare: i18n.translate('lyrebird.job.doing.compare', { defaultMessage: 'Scoring later events with both models' }),
  comparing: i18n.translate('lyrebird.job.doing.comparing', { defaultMessage: 'Comparing synthetic events with real ones' }),
  trying: i18n.translate('lyrebird.job.doing.trying', { defaultMessage: 'Trying events in an index with the mapping of the real ones' }),
  'evaluate.generating': i18n.translate('lyrebird.job.doing.evaluateGenerating', { defaultMessage: 'Writing events for the time that the model has not seen' }),
  generating: i18n.translate('lyrebird.job.doing.generating', { defaultMessage: 'Generating events and writing them to the index' }),
  scoring: i18n.translate('lyrebird.job.doing.scoring', { defaultMessage: 'Reading events and scoring them' }),
  waiting: i18n.translate('lyrebird.job.doing.waiting', { defaultMessage: 'Waiting for the next look' }),
};

/** A type that this version does not know is shown by its key. */
export const jobTypeLabel = (type: string): string => TYPES[type] ?? type;
export const jobStateLabel = (state: JobState): string => STATES[state].label;
export const jobStateColor = (state: JobState): string => STATES[state].color;
export const jobStateIcon = (state: JobState): string | undefined => STATES[state].icon;
/** A stage that this version does not know is shown by its key. */
export const jobStageLabel = (stage: string): string => STAGES[stage] ?? stage;

export const jobStageText = ({ type, stage = '' }: Pick<PluginJob, 'type' | 'stage'>): string => STAGE_TEXTS[`${type}.${stage}`] ?? STAGE_TEXTS[stage] ?? jobStageLabel(stage);

export const TRAIN_STAGE_ORDER: readonly string[] = ['reading', 'prepare', 'codec', 'encode', 'train', 'calibrate'];
export const FINETUNE_STAGE_ORDER: readonly string[] = ['reading', 'prepare', 'encode', 'train', 'measure'];

export const AUGMENT_STAGE_ORDER: readonly string[] = ['reading', 'read', 'generate', 'train', 'compare'];

export const isRunning = ({ state }: Pick<PluginJob, 'state'>): boolean => state === 'running' || state === 'queued';
export const isResumable = ({ state }: Pick<PluginJob, 'state'>): boolean => state === 'interrupted' || state === 'failed' || state === 'cancelled';
