import { EuiBasicTable, EuiLink, EuiText, type EuiBasicTableColumn } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard } from '../../../common';
import { formatCompact, formatDay, formatNumber, formatTime } from '../../components/format';
import { AgedBadge } from './model_age';
import { sourceText } from './train_state';
import { SIZE_TEXT } from './train_text';

interface ModelsTableProps {
  models: ModelCard[];
  /** Whether the person may train and delete models: for others there are no actions. */
  mayChange: boolean;
  onOpen(model: ModelCard): void;
  onRetrain(model: ModelCard): void;
  onFinetune(model: ModelCard): void;
  onDelete(model: ModelCard): void;
}

/** Trained models, newest first. */
export function ModelsTable({ models, mayChange, onOpen, onRetrain, onFinetune, onDelete }: ModelsTableProps) {
  const columns: Array<EuiBasicTableColumn<ModelCard>> = [
    {
      name: i18n.translate('lyrebird.models.name', { defaultMessage: 'Model' }),
      render: (model: ModelCard) => (
        <div>
          <EuiLink onClick={() => onOpen(model)} data-test-subj={`lyrebirdModelOpen-${model.id}`}>
            {model.name}
          </EuiLink>{' '}
          <AgedBadge age={model.age} />
          <EuiText size="xs" color="subdued">
            <span style={{ overflowWrap: 'anywhere' }}>
              {model.finetune
                ? i18n.translate('lyrebird.models.finetunedFrom', { defaultMessage: '{base}, fine-tuned on {source}', values: { base: model.finetune.base.name, source: sourceText(model) }, ignoreTag: true })
                : model.augment
                  ? i18n.translate('lyrebird.models.augmentedFrom', { defaultMessage: '{base}, augmented; {source}', values: { base: model.augment.base.name, source: sourceText(model) }, ignoreTag: true })
                  : sourceText(model)}
            </span>
          </EuiText>
        </div>
      ),
    },
    { name: i18n.translate('lyrebird.models.size', { defaultMessage: 'Size' }), width: '9%', render: (model: ModelCard) => SIZE_TEXT[model.size].label },
    { name: i18n.translate('lyrebird.models.events', { defaultMessage: 'Events' }), width: '9%', align: 'right', render: (model: ModelCard) => formatCompact(model.events.train + model.events.heldout) },
    {
      name: i18n.translate('lyrebird.models.span', { defaultMessage: 'Learned from' }),
      width: '20%',
      render: (model: ModelCard) => `${formatDay(model.time_range.from)} – ${formatDay(model.time_range.to)}`,
    },
    {
      name: i18n.translate('lyrebird.models.loss', { defaultMessage: 'Bits per event' }),
      nameTooltip: {
        content: i18n.translate('lyrebird.models.lossHelp', {
          defaultMessage: 'How much an event that the model has never seen tells it: the fewer bits, the better it knows these logs. Compare models of the same logs only.',
        }),
      },
      width: '15%',
      align: 'right',
      render: (model: ModelCard) => formatNumber(model.loss.heldout_bits_per_event, 1),
    },
    { name: i18n.translate('lyrebird.models.created', { defaultMessage: 'Trained' }), width: '16%', render: (model: ModelCard) => formatTime(model.created_at) },
    {
      width: '90px',
      name: i18n.translate('lyrebird.models.actions', { defaultMessage: 'Actions' }),
      actions: [
        {
          type: 'icon',
          icon: 'refresh',
          isPrimary: true,
          enabled: ({ finetune }: ModelCard) => finetune === undefined,
          name: i18n.translate('lyrebird.models.retrain', { defaultMessage: 'Retrain' }),
          description: i18n.translate('lyrebird.models.retrainHelp', { defaultMessage: 'Train again with the same settings' }),
          onClick: onRetrain,
          'data-test-subj': 'lyrebirdModelRetrain',
        },
        {
          type: 'icon',
          icon: 'training',
          name: i18n.translate('lyrebird.models.finetune', { defaultMessage: 'Fine-tune' }),
          description: i18n.translate('lyrebird.models.finetuneHelp', { defaultMessage: 'Teach a copy of this model more' }),
          onClick: onFinetune,
          'data-test-subj': 'lyrebirdModelFinetune',
        },
        {
          type: 'icon',
          icon: 'trash',
          color: 'danger',
          name: i18n.translate('lyrebird.models.delete', { defaultMessage: 'Delete' }),
          description: i18n.translate('lyrebird.models.deleteHelp', { defaultMessage: 'Delete this model' }),
          onClick: onDelete,
          'data-test-subj': 'lyrebirdModelDelete',
        },
      ],
    },
  ];
  return (
    <EuiBasicTable
      items={models}
      itemId="id"
      columns={mayChange ? columns : columns.slice(0, -1)}
      tableCaption={i18n.translate('lyrebird.models.caption', { defaultMessage: 'Trained models' })}
      noItemsMessage={mayChange ? i18n.translate('lyrebird.models.none', { defaultMessage: 'No model yet. Train one above.' }) : i18n.translate('lyrebird.models.noneReadable', { defaultMessage: 'No model yet, or none whose logs you may read.' })}
      data-test-subj="lyrebirdModelsTable"
    />
  );
}
