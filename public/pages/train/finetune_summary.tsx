import { EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { FinetuneCard } from '../../../common';
import { BarsPlot, type Bar } from '../../components/bars_plot';
import { formatCompact, formatCount, formatNumber } from '../../components/format';

/** Rows of a model's card about what it was fine-tuned from, and on. */
export function finetuneRows({ base, lora, trained_parameters, learned, normal }: FinetuneCard): Array<[string, string]> {
  const parameters = formatCompact(trained_parameters);
  return [
    [
      i18n.translate('lyrebird.card.base', { defaultMessage: 'Fine-tuned from' }),
      i18n.translate('lyrebird.card.baseText', { defaultMessage: '{base}; events, data and loss are the base’s', values: { base: base.name }, ignoreTag: true }),
    ],
    [
      i18n.translate('lyrebird.card.trained', { defaultMessage: 'Trained' }),
      lora
        ? i18n.translate('lyrebird.card.trainedAdapters', { defaultMessage: 'adapters of rank {rank}, {parameters} parameters, on top of the base', values: { rank: lora.rank, parameters } })
        : i18n.translate('lyrebird.card.trainedAll', { defaultMessage: 'all {parameters} parameters', values: { parameters } }),
    ],
    [
      i18n.translate('lyrebird.card.learned', { defaultMessage: 'Learned' }),
      i18n.translate('lyrebird.card.learnedText', {
        defaultMessage: '{train} events, {heldout} held out',
        values: { train: formatCount(learned.events.train), heldout: formatCount(learned.events.heldout) },
      }),
    ],
    [i18n.translate('lyrebird.card.replayed', { defaultMessage: 'Replayed' }), replayText(normal)],
  ];
}

function replayText({ source, events: { train } }: FinetuneCard['normal']): string {
  if (source === 'none') return i18n.translate('lyrebird.card.replayedNone', { defaultMessage: 'nothing' });
  const values = { train: formatCount(train) };
  return source === 'base'
    ? i18n.translate('lyrebird.card.replayedBase', { defaultMessage: '{train} everyday events that the base wrote, against forgetting', values })
    : i18n.translate('lyrebird.card.replayedDataset', { defaultMessage: '{train} everyday events, against forgetting', values });
}

/** What held-out events cost before and after: what was learned, and what was forgotten. */
export function FinetuneGains({ finetune: { techniques, learned, normal } }: { finetune: FinetuneCard }) {
  const bar = (label: string, cost: { before: number; after: number } | undefined): Bar[] => (cost ? [{ label, first: cost.after, second: cost.before }] : []);
  const bars = [
    ...techniques.flatMap(({ id, is_new, heldout_nats_per_token }) =>
      bar(is_new ? i18n.translate('lyrebird.card.newTechnique', { defaultMessage: '{id} (new)', values: { id } }) : id, heldout_nats_per_token)
    ),
    ...(techniques.length === 0 ? bar(i18n.translate('lyrebird.card.learnedEvents', { defaultMessage: 'Learned events' }), learned.heldout_nats_per_token) : []),
    ...bar(i18n.translate('lyrebird.card.everyday', { defaultMessage: 'Everyday events' }), normal.heldout_nats_per_token),
  ];
  if (bars.length === 0) return null;
  return (
    <>
      <BarsPlot
        title={i18n.translate('lyrebird.card.gains', { defaultMessage: 'What fine-tuning changed' })}
        help={i18n.translate('lyrebird.card.gainsHelp', { defaultMessage: 'Nats per token of events held out from it: shorter than before is learned, longer is forgotten.' })}
        bars={bars}
        names={[i18n.translate('lyrebird.card.after', { defaultMessage: 'After' }), i18n.translate('lyrebird.card.before', { defaultMessage: 'Before' })]}
        format={(value) => formatNumber(value)}
        data-test-subj="lyrebirdFinetuneGains"
      />
      <EuiSpacer />
    </>
  );
}
