import { EuiBasicTable, EuiButtonEmpty, EuiFlexGroup, EuiFlexItem, EuiLink, EuiPanel, EuiSpacer, EuiText, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { AnomaliesQuery, EntityRisk } from '../../../common';
import { useEntityRisk } from '../../api/queries';
import { formatCount, formatTime } from '../../components/format';
import { Plot } from '../../components/plot';
import { QueryState } from '../../components/query_state';
import { ScoreBadge } from '../../components/score_badge';
import { RiskChart, riskTable } from './risk_chart';

/** A stretch of time, as the filters have it. */
interface Stretch {
  from: string;
  to: string;
}

interface EntityRiskPanelsProps {
  entity: string;
  query: Pick<AnomaliesQuery, 'job_id' | 'from' | 'to'>;
  onStretch(stretch: Stretch): void;
  /** Of everyone again. */
  onLeave(): void;
}

/** One entity's risk over the whole time, whichever part of it the events below are of. */
export function EntityRiskPanels({ entity, query, onStretch, onLeave }: EntityRiskPanelsProps) {
  const risk = useEntityRisk({ entity, ...(query.job_id === undefined ? {} : { job_id: query.job_id }) });
  return (
    <QueryState query={risk} errorTitle={i18n.translate('lyrebird.risk.error', { defaultMessage: 'The risk of this entity cannot be read' })}>
      {(data) =>
        data.risk.length === 0 ? (
          <NoRisk entity={entity} onLeave={onLeave} />
        ) : (
          <EuiFlexGroup gutterSize="l">
            <EuiFlexItem grow={5} style={{ minWidth: 0 }}>
              <Plot
                title={i18n.translate('lyrebird.risk.title', { defaultMessage: 'Risk of {entity} over time', values: { entity } })}
                help={i18n.translate('lyrebird.risk.help', {
                  defaultMessage: 'Everything in a stretch of time together. At 99, one stretch of a normal entity in 100 is as odd. Choose a bar for its events; a dot is what the score was at first.',
                })}
                table={riskTable(data)}
                data-test-subj="lyrebirdEntityRisk"
              >
                <RiskChart risk={data} entity={entity} stretch={query} onStart={(start) => onStretch(stretchOf(start, data.interval))} />
              </Plot>
            </EuiFlexItem>
            <EuiFlexItem grow={2} style={{ minWidth: 330 }}>
              <EuiPanel hasBorder hasShadow={false}>
                <EuiFlexGroup gutterSize="s" responsive={false} alignItems="center" justifyContent="spaceBetween">
                  <EuiFlexItem>
                    <EuiTitle size="xxs">
                      <h3>{i18n.translate('lyrebird.risk.highest', { defaultMessage: 'Highest' })}</h3>
                    </EuiTitle>
                  </EuiFlexItem>
                  <EuiFlexItem grow={false}>
                    <EuiButtonEmpty size="xs" iconType="users" onClick={onLeave} data-test-subj="lyrebirdEntityLeave">
                      {i18n.translate('lyrebird.risk.everyone', { defaultMessage: 'Everyone' })}
                    </EuiButtonEmpty>
                  </EuiFlexItem>
                </EuiFlexGroup>
                <EuiSpacer size="s" />
                <Highest highest={data.highest} onStretch={onStretch} />
              </EuiPanel>
            </EuiFlexItem>
          </EuiFlexGroup>
        )
      }
    </QueryState>
  );
}

const stretchOf = (start: number, seconds: number): Stretch => ({ from: new Date(start).toISOString(), to: new Date(start + seconds * 1000).toISOString() });

/** The same for who does not use a mouse, or looks for the worst. */
function Highest({ highest, onStretch }: { highest: EntityRisk['highest']; onStretch(stretch: Stretch): void }) {
  return (
    <EuiBasicTable
      compressed
      responsiveBreakpoint={false}
      items={highest.slice(0, 6).map((bucket) => ({ ...bucket, key: `${bucket.job_id} ${bucket.timestamp}` }))}
      itemId="key"
      tableCaption={i18n.translate('lyrebird.risk.highestCaption', { defaultMessage: 'Stretches of time with the highest risk' })}
      columns={[
        {
          field: 'timestamp',
          name: i18n.translate('lyrebird.risk.from', { defaultMessage: 'From' }),
          render: (timestamp: string, { bucket_span }: EntityRisk['highest'][number]) => (
            <EuiLink onClick={() => onStretch(stretchOf(Date.parse(timestamp), bucket_span))} style={{ whiteSpace: 'nowrap' }} data-test-subj="lyrebirdRiskBucket">
              {formatTime(timestamp).slice(5, 16)}
            </EuiLink>
          ),
        },
        { field: 'score', name: i18n.translate('lyrebird.risk.now', { defaultMessage: 'Now' }), width: '78px', render: (score: number) => <ScoreBadge score={score} /> },
        { field: 'initial_score', name: i18n.translate('lyrebird.risk.atFirst', { defaultMessage: 'At first' }), width: '78px', render: (score: number) => <ScoreBadge score={score} /> },
        { field: 'events', name: i18n.translate('lyrebird.risk.events', { defaultMessage: 'Events' }), width: '62px', align: 'right' as const, render: formatCount },
      ]}
      data-test-subj="lyrebirdRiskHighest"
    />
  );
}

function NoRisk({ entity, onLeave }: { entity: string; onLeave(): void }) {
  return (
    <EuiPanel hasBorder hasShadow={false} data-test-subj="lyrebirdNoRisk">
      <EuiText size="s" color="subdued">
        <p>{i18n.translate('lyrebird.risk.none', { defaultMessage: 'No events of {entity} were scored here.', values: { entity } })}</p>
      </EuiText>
      <EuiButtonEmpty size="s" flush="left" iconType="users" onClick={onLeave}>
        {i18n.translate('lyrebird.risk.showEveryone', { defaultMessage: 'Show everyone' })}
      </EuiButtonEmpty>
    </EuiPanel>
  );
}
