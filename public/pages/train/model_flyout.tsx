import { useState, type ReactNode } from 'react';
import {
  EuiBadge,
  EuiButton,
  EuiDescriptionList,
  EuiFlexGroup,
  EuiFlexItem,
  EuiFlyout,
  EuiFlyoutBody,
  EuiFlyoutFooter,
  EuiFlyoutHeader,
  EuiInMemoryTable,
  EuiSpacer,
  EuiTab,
  EuiTabs,
  EuiTitle,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { ModelCard, ModelField } from '../../../common';
import { PATHS } from '../../app/paths';
import { pagePath } from '../../app/url_state';
import { AppButton } from '../../components/app_link';
import { Counts } from '../../components/counts';
import { formatCompact, formatCount, formatDuration, formatNumber, formatTime } from '../../components/format';
import { Needs } from '../../components/needs';
import { LossChart } from '../../components/loss_chart';
import { NameList } from '../../components/name_list';
import { ReasonsTable } from '../../components/reasons_table';
import { useUrlState } from '../../app/url_state';
import { AugmentFlyout } from './augment_flyout';
import { AugmentComparison, augmentRows } from './augment_summary';
import { canAugment } from './augment_state';
import { FinetuneGains, finetuneRows } from './finetune_summary';
import { ModelAgeCallout } from './model_age';
import { sourceText } from './train_state';
import { SIZE_TEXT, TOKENIZER_TEXT, fieldKindLabel } from './train_text';

const TABS = [
  { id: 'summary', label: i18n.translate('lyrebird.card.summary', { defaultMessage: 'Summary' }) },
  { id: 'fields', label: i18n.translate('lyrebird.card.fields', { defaultMessage: 'Fields' }) },
  { id: 'entities', label: i18n.translate('lyrebird.card.entities', { defaultMessage: 'Entities' }) },
] as const;
type TabId = (typeof TABS)[number]['id'];

interface ModelFlyoutProps {
  model: ModelCard;
  onClose(): void;
  /** Absent where a model cannot be trained again. */
  onRetrain?: () => void;
}

/** The model card: what it learned from, what it learned, how well. */
export function ModelFlyout({ model, onClose, onRetrain }: ModelFlyoutProps) {
  const [, change] = useUrlState();
  const [augmenting, setAugmenting] = useState(false);
  const [tab, setTab] = useState<TabId>('summary');
  if (augmenting) return <AugmentFlyout base={model} onClose={() => setAugmenting(false)} onStarted={({ id }) => change({ job: id, model: undefined })} />;
  return (
    <EuiFlyout onClose={onClose} size="m" aria-labelledby="lyrebirdModelTitle" data-test-subj="lyrebirdModelFlyout">
      <EuiFlyoutHeader hasBorder>
        <EuiTitle size="m">
          <h2 id="lyrebirdModelTitle">{model.name}</h2>
        </EuiTitle>
        <EuiSpacer size="s" />
        <EuiTabs bottomBorder={false} style={{ marginBottom: -24 }}>
          {TABS.map(({ id, label }) => (
            <EuiTab key={id} isSelected={tab === id} onClick={() => setTab(id)} data-test-subj={`lyrebirdModelTab-${id}`}>
              {label}
            </EuiTab>
          ))}
        </EuiTabs>
      </EuiFlyoutHeader>
      <EuiFlyoutBody>
        {tab === 'summary' && <Summary model={model} onRetrain={onRetrain} />}
        {tab === 'fields' && <Fields fields={model.fields} />}
        {tab === 'entities' && <Entities model={model} />}
      </EuiFlyoutBody>
      <EuiFlyoutFooter>
        <EuiFlexGroup gutterSize="s" justifyContent="flexEnd" responsive={false}>
          {canAugment(model) && (
            <EuiFlexItem grow={false}>
              <Needs capability="train">
                {(denied) => (
                  <EuiButton isDisabled={denied} onClick={() => setAugmenting(true)} data-test-subj="lyrebirdModelAugment">
                    {i18n.translate('lyrebird.card.augment', { defaultMessage: 'Augment for newcomers' })}
                  </EuiButton>
                )}
              </Needs>
            </EuiFlexItem>
          )}
          <EuiFlexItem grow={false}>
            <AppButton to={pagePath(PATHS.report, { model: model.id })} data-test-subj="lyrebirdModelToReport">
              {i18n.translate('lyrebird.card.report', { defaultMessage: 'Report' })}
            </AppButton>
          </EuiFlexItem>
          <EuiFlexItem grow={false}>
            <Needs capability="score">
              {(denied) => (
                <AppButton isDisabled={denied} to={pagePath(PATHS.anomalies, { score: model.id })} data-test-subj="lyrebirdModelToScore">
                  {i18n.translate('lyrebird.card.score', { defaultMessage: 'Score events' })}
                </AppButton>
              )}
            </Needs>
          </EuiFlexItem>
          <EuiFlexItem grow={false}>
            <Needs capability="generate">
              {(denied) => (
                <AppButton fill isDisabled={denied} to={pagePath(PATHS.generate, { model: model.id })} data-test-subj="lyrebirdModelToGenerate">
                  {i18n.translate('lyrebird.card.generate', { defaultMessage: 'Generate events' })}
                </AppButton>
              )}
            </Needs>
          </EuiFlexItem>
        </EuiFlexGroup>
      </EuiFlyoutFooter>
    </EuiFlyout>
  );
}

type Row = [title: string, description: NonNullable<ReactNode>];

function Summary({ model, onRetrain }: { model: ModelCard; onRetrain?: () => void }) {
  const { loss, tokens, training, events } = model;
  const pseudonyms: Row[] = model.options.pseudonymised
    ? [[i18n.translate('lyrebird.card.pseudonyms', { defaultMessage: 'Pseudonyms in' }), <NameList key="pseudonyms" names={model.options.pseudonymised.fields} />]]
    : [];
  const privacy: Row[] = model.privacy
    ? [
        [
          i18n.translate('lyrebird.card.privacy', { defaultMessage: 'Differential privacy' }),
          i18n.translate('lyrebird.card.privacyText', {
            defaultMessage: 'epsilon {epsilon} at delta {delta}, for windows of {tokens} tokens of one entity; noise {noise}',
            values: { epsilon: formatNumber(model.privacy.epsilon), delta: model.privacy.delta, tokens: formatCount(model.privacy.example_tokens), noise: formatNumber(model.privacy.noise_multiplier) },
          }),
        ],
      ]
    : [];
  const rows: Row[] = [
    ...(model.finetune ? finetuneRows(model.finetune) : []),
    ...(model.augment ? augmentRows(model.augment) : []),
    [i18n.translate('lyrebird.card.source', { defaultMessage: 'Source' }), sourceText(model)],
    [i18n.translate('lyrebird.card.range', { defaultMessage: 'Data' }), `${formatTime(model.time_range.from)} – ${formatTime(model.time_range.to)}`],
    [i18n.translate('lyrebird.card.entityFields', { defaultMessage: 'Entity fields' }), <NameList key="entities" names={model.entity_fields} />],
    ...pseudonyms,
    [i18n.translate('lyrebird.card.timeField', { defaultMessage: 'Time field' }), model.time_field],
    [
      i18n.translate('lyrebird.card.model', { defaultMessage: 'Model' }),
      i18n.translate('lyrebird.card.modelText', {
        defaultMessage: '{size}, {parameters} parameters, {vocabulary} tokens, context of {context}, {tokenizer}',
        values: {
          size: SIZE_TEXT[model.size].label,
          parameters: formatCompact(model.parameters),
          vocabulary: formatCount(model.vocabulary),
          context: formatCount(model.context),
          tokenizer: TOKENIZER_TEXT[model.tokenizer].label.toLowerCase(),
        },
      }),
    ],
    [
      i18n.translate('lyrebird.card.training', { defaultMessage: 'Training' }),
      i18n.translate('lyrebird.card.trainingText', {
        defaultMessage: '{steps} steps in {duration}, {speed} tokens per second ({device}), seed {seed}',
        values: {
          steps: formatCount(training.steps),
          duration: formatDuration(training.seconds),
          speed: formatCompact(training.tokens_per_second),
          device: training.device,
          seed: model.seed,
        },
      }),
    ],
    ...privacy,
    [
      i18n.translate('lyrebird.card.loss', { defaultMessage: 'Loss per token' }),
      i18n.translate('lyrebird.card.lossText', {
        defaultMessage: 'trained {train} nats; held out {nats} nats = {bits} bits',
        values: { train: formatNumber(loss.train_nats_per_token, 3), nats: formatNumber(loss.heldout_nats_per_token, 3), bits: formatNumber(loss.heldout_bits_per_token, 3) },
      }),
    ],
  ];
  return (
    <>
      {model.age && <ModelAgeCallout age={model.age} onRetrain={onRetrain} />}
      <Counts
        counts={[
          { name: 'train', label: i18n.translate('lyrebird.card.trainEvents', { defaultMessage: 'Events trained on' }), value: events.train },
          { name: 'heldout', label: i18n.translate('lyrebird.card.heldoutEvents', { defaultMessage: 'Events held out' }), value: events.heldout },
          { name: 'tokensPerEvent', label: i18n.translate('lyrebird.card.tokensPerEvent', { defaultMessage: 'Tokens per event' }), value: formatNumber(tokens.per_event, 1) },
          { name: 'bitsPerEvent', label: i18n.translate('lyrebird.card.bitsPerEvent', { defaultMessage: 'Bits per event, held out' }), value: formatNumber(loss.heldout_bits_per_event, 1) },
        ]}
      />
      <EuiSpacer />
      <EuiDescriptionList type="column" compressed columnWidths={[1, 3]} listItems={rows.map(([title, description]) => ({ title, description }))} />
      <EuiSpacer />
      {model.finetune && <FinetuneGains finetune={model.finetune} />}
      {model.augment && <AugmentComparison augment={model.augment} />}
      <LossChart curve={model.loss_curve} height={200} />
      <EuiSpacer />
      <EuiTitle size="xxs">
        <h3>{i18n.translate('lyrebird.card.logTypes', { defaultMessage: 'Log types' })}</h3>
      </EuiTitle>
      <EuiInMemoryTable
        items={model.log_types}
        compressed
        tableCaption={i18n.translate('lyrebird.card.logTypesCaption', { defaultMessage: 'Log types that the model learned' })}
        columns={[
          { field: 'name', name: i18n.translate('lyrebird.card.logType', { defaultMessage: 'Log type' }) },
          { field: 'events', name: i18n.translate('lyrebird.card.events', { defaultMessage: 'Events' }), render: formatCount, align: 'right' as const },
          { field: 'tokens_per_event', name: i18n.translate('lyrebird.card.tokens', { defaultMessage: 'Tokens per event' }), render: (n: number) => formatNumber(n, 1), align: 'right' as const },
        ]}
      />
      {model.techniques.length > 0 && (
        <>
          <EuiSpacer />
          <EuiTitle size="xxs">
            <h3>{i18n.translate('lyrebird.card.techniques', { defaultMessage: 'ATT&CK techniques' })}</h3>
          </EuiTitle>
          <EuiSpacer size="s" />
          {model.techniques.map(({ id, events: count }) => (
            <EuiBadge key={id} color="hollow">{`${id} (${formatCount(count)})`}</EuiBadge>
          ))}
        </>
      )}
      <EuiSpacer />
      <ReasonsTable title={i18n.translate('lyrebird.card.skipped', { defaultMessage: 'Events left out' })} reasons={model.skipped} data-test-subj="lyrebirdModelSkipped" />
    </>
  );
}

function Fields({ fields }: { fields: ModelField[] }) {
  const kinds = [...new Set(fields.map(({ kind }) => kind))].sort();
  return (
    <EuiInMemoryTable
      items={fields}
      compressed
      pagination={{ initialPageSize: 25, pageSizeOptions: [25, 100] }}
      sorting={{ sort: { field: 'path', direction: 'asc' } }}
      tableCaption={i18n.translate('lyrebird.card.fieldsCaption', { defaultMessage: 'Fields and how they are represented' })}
      search={{
        box: { incremental: true, 'data-test-subj': 'lyrebirdModelFieldSearch' },
        filters: [
          {
            type: 'field_value_selection',
            field: 'kind',
            name: i18n.translate('lyrebird.card.kind', { defaultMessage: 'Kind' }),
            multiSelect: 'or',
            options: kinds.map((kind) => ({ value: kind, name: fieldKindLabel(kind) })),
          },
        ],
      }}
      columns={[
        { field: 'path', name: i18n.translate('lyrebird.card.field', { defaultMessage: 'Field' }), sortable: true, width: '38%' },
        { field: 'log_type', name: i18n.translate('lyrebird.card.logType', { defaultMessage: 'Log type' }), sortable: true },
        { field: 'kind', name: i18n.translate('lyrebird.card.kind', { defaultMessage: 'Kind' }), sortable: true, render: (kind: string) => <EuiBadge color="hollow">{fieldKindLabel(kind)}</EuiBadge> },
        { field: 'distinct', name: i18n.translate('lyrebird.card.distinct', { defaultMessage: 'Values' }), sortable: true, render: formatCount, align: 'right' as const, width: '90px' },
      ]}
    />
  );
}

function Entities({ model }: { model: ModelCard }) {
  return (
    <EuiInMemoryTable
      items={model.entities}
      compressed
      pagination={{ initialPageSize: 25, pageSizeOptions: [25, 100] }}
      sorting={{ sort: { field: 'events', direction: 'desc' } }}
      search={{ box: { incremental: true, 'data-test-subj': 'lyrebirdModelEntitySearch' } }}
      tableCaption={i18n.translate('lyrebird.card.entitiesCaption', { defaultMessage: 'Entities that the model knows' })}
      columns={[
        { field: 'name', name: i18n.translate('lyrebird.card.entity', { defaultMessage: 'Entity' }), sortable: true },
        { field: 'events', name: i18n.translate('lyrebird.card.events', { defaultMessage: 'Events' }), sortable: true, render: formatCount, align: 'right' as const },
      ]}
    />
  );
}
