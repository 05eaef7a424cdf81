import { useState } from 'react';
import { EuiButton, EuiButtonEmpty, EuiEmptyPrompt, EuiFlexGroup, EuiFlexItem, EuiPanel, EuiSpacer, EuiText, EuiTitle } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { Anomalies, AnomaliesQuery, ModelCard, PluginJob } from '../../../common';
import { useAnomalies, useFreshAnomalies, useJob, useJobs, useModels } from '../../api/queries';
import { useMay } from '../../app/core_context';
import { PageLayout } from '../../app/page_layout';
import { useUrlState } from '../../app/url_state';
import { formatCount } from '../../components/format';
import { readableLogs } from '../../discover/logs_link';
import { isRunning } from '../../components/job_text';
import { Needs } from '../../components/needs';
import { NoModels } from '../../components/no_models';
import { QueryState } from '../../components/query_state';
import { AnomalyFlyout } from './anomaly_flyout';
import { ANY_MODEL, queryOf, urlOf } from './anomalies_state';
import { EntityRiskPanels } from './entity_risk';
import { Filters } from './filters';
import { RecordsTable } from './records_table';
import { RulesFlyout } from './rules_flyout';
import { ScoreFlyout } from './score_flyout';
import { ScoreJob } from './score_job';
import { Timeline } from './timeline';
import { TopEntities } from './top_entities';

/** Address state: the filters, `record` explained, `score` model that the starter opens with, `rules` listed. */
export function AnomaliesPage() {
  const [url, change] = useUrlState();
  const models = useModels();
  const jobs = useJobs();
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const may = useMay('score');

  const scoreJobs = (jobs.data ?? []).filter(({ type }) => type === 'score');
  const modelName = (id: string | undefined) => models.data?.find((model) => model.id === id)?.name ?? id ?? '';
  // What the page is about, then what runs beside.
  const followed = [...new Set([...(url.job_id === undefined ? [] : [url.job_id]), ...scoreJobs.filter(isRunning).map(({ id }) => id)])].filter((id) => !dismissed.includes(id));

  return (
    <PageLayout
      page="anomalies"
      title={i18n.translate('lyrebird.anomalies.title', { defaultMessage: 'Anomalies' })}
      description={i18n.translate('lyrebird.anomalies.description', {
        defaultMessage: 'Events that do not belong: what the model did not expect of this entity, then, from there.',
      })}
      actions={
        models.data && models.data.length > 0
          ? [
              <Needs key="score" capability="score">
                {(denied) => (
                  <EuiButton fill iconType="play" isDisabled={denied} onClick={() => change({ score: ANY_MODEL })} data-test-subj="lyrebirdScoreOpen">
                    {i18n.translate('lyrebird.anomalies.score', { defaultMessage: 'Score events' })}
                  </EuiButton>
                )}
              </Needs>,
              <EuiButtonEmpty key="rules" iconType="eyeClosed" onClick={() => change({ rules: 'list' })} data-test-subj="lyrebirdRulesOpen">
                {i18n.translate('lyrebird.anomalies.rules', { defaultMessage: 'Rules' })}
              </EuiButtonEmpty>,
            ]
          : undefined
      }
    >
      {followed.map((id) => (
        <FollowedJob key={id} id={id} modelName={modelName} onClose={() => setDismissed([...dismissed, id])} />
      ))}
      <Results models={models.data ?? []} modelsKnown={models.isSuccess} scoreJobs={scoreJobs} modelName={modelName} />
      {url.score !== undefined && may && models.data && models.data.length > 0 && (
        <ScoreFlyout
          models={models.data}
          modelId={url.score}
          logs={readableLogs(url.logs)}
          onClose={() => change({ score: undefined, logs: undefined })}
          onStarted={({ id }) => change({ score: undefined, logs: undefined, job_id: id })}
        />
      )}
      {url.rules !== undefined && <RulesFlyout onClose={() => change({ rules: undefined })} />}
      {url.record !== undefined && <AnomalyFlyout id={url.record} onClose={() => change({ record: undefined })} />}
    </PageLayout>
  );
}

function FollowedJob({ id, modelName, onClose }: { id: string; modelName(id: string | undefined): string; onClose(): void }) {
  const { data: job } = useJob(id);
  useFreshAnomalies(job);
  if (!job) return null;
  return (
    <>
      <ScoreJob job={job} subject={modelName(job.model_id)} onClose={onClose} />
      <EuiSpacer size="l" />
    </>
  );
}

interface ResultsProps {
  models: readonly ModelCard[];
  modelsKnown: boolean;
  scoreJobs: readonly PluginJob[];
  modelName(id: string | undefined): string;
}

function Results({ models, modelsKnown, scoreJobs, modelName }: ResultsProps) {
  const [url, change] = useUrlState();
  const query = queryOf(url);
  const anomalies = useAnomalies(query);
  const setQuery = (next: Partial<AnomaliesQuery>) => change(urlOf(next));
  // Another filter starts at the first page.
  const setFilter = (next: Partial<AnomaliesQuery>) => setQuery({ ...next, page: 0 });

  const neverScored = anomalies.data?.total === 0 && anomalies.data.timeline.length === 0 && scoreJobs.length === 0;
  if (neverScored && modelsKnown) return models.length === 0 ? <NoModels /> : <NothingScored onScore={() => change({ score: ANY_MODEL })} />;
  return (
    <>
      <Filters jobs={scoreJobs} modelName={modelName} entities={anomalies.data?.entities ?? []} query={query} onChange={setFilter} />
      <EuiSpacer size="l" />
      <QueryState query={anomalies} errorTitle={i18n.translate('lyrebird.anomalies.error', { defaultMessage: 'The anomalies cannot be read' })}>
        {(data) => <Found data={data} query={query} isLoading={anomalies.isFetching} setQuery={setQuery} setFilter={setFilter} onOpen={(record) => change({ record })} />}
      </QueryState>
    </>
  );
}

interface FoundProps {
  data: Anomalies;
  query: AnomaliesQuery;
  isLoading: boolean;
  setQuery(query: Partial<AnomaliesQuery>): void;
  setFilter(query: Partial<AnomaliesQuery>): void;
  onOpen(id: string): void;
}

function Found({ data, query, isLoading, setQuery, setFilter, onOpen }: FoundProps) {
  return (
    <>
      {query.entity !== undefined && query.ignored === 'hide' ? (
        <EntityRiskPanels entity={query.entity} query={query} onStretch={setFilter} onLeave={() => setFilter({ entity: undefined })} />
      ) : (
        <WhenAndWho data={data} setFilter={setFilter} />
      )}
      <EuiSpacer size="l" />
      <EuiTitle size="xs">
        <h2 data-test-subj="lyrebirdRecordsTotal">
          {i18n.translate('lyrebird.anomalies.total', {
            defaultMessage: '{total, plural, =0 {No events} one {# event} other {{shown} events}} out of the ordinary',
            values: { total: data.total, shown: formatCount(data.total) },
          })}
        </h2>
      </EuiTitle>
      <EuiSpacer size="s" />
      <RecordsTable records={data.records} total={data.total} query={query} isLoading={isLoading} onQuery={setQuery} onOpen={onOpen} />
    </>
  );
}

function WhenAndWho({ data, setFilter }: Pick<FoundProps, 'data' | 'setFilter'>) {
  return (
    <EuiFlexGroup gutterSize="l">
      <EuiFlexItem grow={5} style={{ minWidth: 0 }}>
        <EuiPanel hasBorder hasShadow={false}>
          <EuiTitle size="xxs">
            <h2>{i18n.translate('lyrebird.anomalies.timeline', { defaultMessage: 'When' })}</h2>
          </EuiTitle>
          <EuiSpacer size="s" />
          {data.timeline.length > 0 ? (
            <Timeline timeline={data.timeline} onRange={(from, to) => setFilter({ from, to })} />
          ) : (
            <EuiText size="s" color="subdued">
              <p>{i18n.translate('lyrebird.anomalies.noTimeline', { defaultMessage: 'No scored events here.' })}</p>
            </EuiText>
          )}
        </EuiPanel>
      </EuiFlexItem>
      <EuiFlexItem grow={2} style={{ minWidth: 280 }}>
        <EuiPanel hasBorder hasShadow={false}>
          <EuiTitle size="xxs">
            <h2>{i18n.translate('lyrebird.anomalies.who', { defaultMessage: 'Who' })}</h2>
          </EuiTitle>
          <EuiSpacer size="s" />
          <TopEntities entities={data.entities} onEntity={(entity) => setFilter({ entity })} />
        </EuiPanel>
      </EuiFlexItem>
    </EuiFlexGroup>
  );
}

function NothingScored({ onScore }: { onScore(): void }) {
  return (
    <EuiEmptyPrompt
      iconType="inspect"
      title={<h2>{i18n.translate('lyrebird.anomalies.emptyTitle', { defaultMessage: 'Nothing scored yet' })}</h2>}
      body={<p>{i18n.translate('lyrebird.anomalies.emptyBody', { defaultMessage: 'Let a model read events and say which do not belong, and why.' })}</p>}
      actions={
        <Needs capability="score">
          {(denied) => (
            <EuiButton fill isDisabled={denied} onClick={onScore} data-test-subj="lyrebirdScoreFirst">
              {i18n.translate('lyrebird.anomalies.emptyAction', { defaultMessage: 'Score events' })}
            </EuiButton>
          )}
        </Needs>
      }
      data-test-subj="lyrebirdNothingScored"
    />
  );
}
