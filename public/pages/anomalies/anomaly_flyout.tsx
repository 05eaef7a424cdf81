import { useState } from 'react';
import {
  EuiBasicTable,
  EuiButton,
  EuiCallOut,
  EuiCodeBlock,
  EuiDescriptionList,
  EuiFlexGroup,
  EuiFlexItem,
  EuiFlyout,
  EuiFlyoutBody,
  EuiFlyoutFooter,
  EuiFlyoutHeader,
  EuiSpacer,
  EuiText,
  EuiTitle,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { AnomalyDetail } from '../../../common';
import { useAnomaly } from '../../api/queries';
import { formatTime } from '../../components/format';
import { Needs } from '../../components/needs';
import { QueryState } from '../../components/query_state';
import { ScoreBadge } from '../../components/score_badge';
import { explain, hindsight, oneIn, surprising } from './explanation';
import { FieldBars } from './field_bars';
import { Ignore, NotAnAnomaly } from './make_rule';

/** Why one event stands out: in words, in figures, in its surroundings, and as it is. */
export function AnomalyFlyout({ id, onClose }: { id: string; onClose(): void }) {
  const detail = useAnomaly(id);
  return (
    <EuiFlyout onClose={onClose} size="m" aria-labelledby="lyrebirdAnomalyTitle" data-test-subj="lyrebirdAnomalyFlyout">
      <EuiFlyoutHeader hasBorder>
        <EuiTitle size="s">
          <h2 id="lyrebirdAnomalyTitle">{i18n.translate('lyrebird.anomaly.title', { defaultMessage: 'Why this event stands out' })}</h2>
        </EuiTitle>
      </EuiFlyoutHeader>
      <EuiFlyoutBody>
        <QueryState query={detail} errorTitle={i18n.translate('lyrebird.anomaly.error', { defaultMessage: 'The event cannot be shown' })}>
          {(data) => <Detail detail={data} />}
        </QueryState>
      </EuiFlyoutBody>
      {detail.data && <Actions detail={detail.data} />}
    </EuiFlyout>
  );
}

/** What a person may make of it. */
function Actions({ detail }: { detail: AnomalyDetail }) {
  const [making, setMaking] = useState<'not_an_anomaly' | 'ignore'>();
  const close = () => setMaking(undefined);
  if (detail.record.lyrebird.ignored_by) {
    return (
      <EuiFlyoutFooter>
        <EuiText size="s" color="subdued">
          <p data-test-subj="lyrebirdAnomalyHidden">{i18n.translate('lyrebird.anomaly.hidden', { defaultMessage: 'A rule hides this event. Undo the rule to have it back.' })}</p>
        </EuiText>
      </EuiFlyoutFooter>
    );
  }
  const button = (kind: 'not_an_anomaly' | 'ignore', iconType: string, label: string) => (
    <EuiFlexItem grow={false}>
      <Needs capability="score">
        {(denied) => (
          <EuiButton size="s" iconType={iconType} isDisabled={denied} onClick={() => setMaking(kind)} data-test-subj={`lyrebirdAnomaly-${kind}`}>
            {label}
          </EuiButton>
        )}
      </Needs>
    </EuiFlexItem>
  );
  return (
    <EuiFlyoutFooter>
      <EuiFlexGroup gutterSize="m" responsive={false} wrap>
        {button('not_an_anomaly', 'check', i18n.translate('lyrebird.anomaly.notAnAnomaly', { defaultMessage: 'Not an anomaly…' }))}
        {button('ignore', 'eyeClosed', i18n.translate('lyrebird.anomaly.ignore', { defaultMessage: 'Ignore…' }))}
      </EuiFlexGroup>
      {making === 'not_an_anomaly' && <NotAnAnomaly record={detail.record} onClose={close} />}
      {making === 'ignore' && <Ignore detail={detail} onClose={close} />}
    </EuiFlyoutFooter>
  );
}

function Detail({ detail: { record, event, before } }: { detail: AnomalyDetail }) {
  const { lyrebird } = record;
  const later = hindsight(record);
  const heading = (text: string) => (
    <>
      <EuiSpacer size="l" />
      <EuiTitle size="xxs">
        <h3>{text}</h3>
      </EuiTitle>
      <EuiSpacer size="s" />
    </>
  );
  return (
    <>
      <EuiDescriptionList
        type="column"
        compressed
        columnWidths={[1, 4]}
        listItems={[
          { title: i18n.translate('lyrebird.anomaly.score', { defaultMessage: 'Score' }), description: <ScoreBadge score={lyrebird.hidden_score ?? record.record_score} /> },
          { title: i18n.translate('lyrebird.anomaly.entity', { defaultMessage: 'Entity' }), description: lyrebird.entity },
          { title: i18n.translate('lyrebird.anomaly.time', { defaultMessage: 'Time' }), description: formatTime(record.timestamp) },
          { title: i18n.translate('lyrebird.anomaly.logType', { defaultMessage: 'Log type' }), description: lyrebird.log_type },
          { title: i18n.translate('lyrebird.anomaly.event', { defaultMessage: 'Event' }), description: `${lyrebird.event.index} / ${lyrebird.event.id}` },
        ]}
      />
      <EuiSpacer size="m" />
      <EuiCallOut size="s" iconType="inspect" title={oneIn(record.probability)} data-test-subj="lyrebirdAnomalyExplanation">
        <EuiText size="s">
          <ul>
            {later !== undefined && <li data-test-subj="lyrebirdAnomalyHindsight">{later}</li>}
            {surprising(lyrebird.top_fields)
              .slice(0, 5)
              .map((field) => (
                <li key={field.field} data-test-subj="lyrebirdAnomalySentence" style={{ overflowWrap: 'anywhere' }}>
                  {explain(field)}
                </li>
              ))}
          </ul>
        </EuiText>
      </EuiCallOut>
      {heading(i18n.translate('lyrebird.anomaly.fields', { defaultMessage: 'What surprised, and what was expected' }))}
      <FieldBars fields={lyrebird.top_fields} />
      {heading(i18n.translate('lyrebird.anomaly.before', { defaultMessage: 'What {entity} did before', values: { entity: lyrebird.entity } }))}
      <EuiBasicTable
        items={before}
        compressed
        tableCaption={i18n.translate('lyrebird.anomaly.beforeCaption', { defaultMessage: 'Events of the entity before this one' })}
        noItemsMessage={i18n.translate('lyrebird.anomaly.beforeNone', { defaultMessage: 'Nothing that is still there.' })}
        columns={[
          { field: 'timestamp', name: i18n.translate('lyrebird.anomaly.time', { defaultMessage: 'Time' }), width: '150px', render: formatTime },
          { field: 'log_type', name: i18n.translate('lyrebird.anomaly.logType', { defaultMessage: 'Log type' }), width: '24%' },
          { field: 'summary', name: i18n.translate('lyrebird.anomaly.what', { defaultMessage: 'What' }) },
        ]}
        data-test-subj="lyrebirdAnomalyBefore"
      />
      {heading(i18n.translate('lyrebird.anomaly.raw', { defaultMessage: 'The event itself' }))}
      {event ? (
        <EuiCodeBlock language="json" fontSize="s" paddingSize="s" isCopyable overflowHeight={420} data-test-subj="lyrebirdAnomalyRaw">
          {JSON.stringify(event, null, 2)}
        </EuiCodeBlock>
      ) : (
        <EuiText size="s" color="subdued">
          <p>{i18n.translate('lyrebird.anomaly.gone', { defaultMessage: 'The event is no longer in its index.' })}</p>
        </EuiText>
      )}
    </>
  );
}
