import { EuiCallOut, EuiSpacer } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { PATHS } from '../../app/paths';
import { pagePath } from '../../app/url_state';
import { AppButton } from '../../components/app_link';
import { formatTime } from '../../components/format';
import { Needs } from '../../components/needs';
import { LOGS_PARAMETER, writeLogsLink, type LogsLink } from '../../discover/logs_link';
import { pinsOf } from './logs_pins';

interface FromLogsProps {
  logs: LogsLink | 'broken';
  /** Whether a model has learned from them. */
  learned: boolean;
}

/** Which logs somebody came with, and what becomes of them; where nobody has learned them, the way to do so. */
export function FromLogs({ logs, learned }: FromLogsProps) {
  if (logs === 'broken') {
    return (
      <>
        <EuiCallOut
          color="warning"
          iconType="warning"
          title={i18n.translate('lyrebird.fromLogs.broken', { defaultMessage: 'The address does not say which logs are meant' })}
          data-test-subj="lyrebirdFromLogsBroken"
        >
          <p>{i18n.translate('lyrebird.fromLogs.brokenHelp', { defaultMessage: 'It may have been cut off. Come from Discover again, or choose a model below.' })}</p>
        </EuiCallOut>
        <EuiSpacer size="l" />
      </>
    );
  }
  const { source, query_text: query } = logs;
  const { left } = pinsOf(source.query);
  return (
    <>
      <EuiCallOut
        color={learned ? 'primary' : 'warning'}
        iconType={learned ? 'discoverApp' : 'machineLearningApp'}
        title={
          learned
            ? i18n.translate('lyrebird.fromLogs.title', { defaultMessage: 'Events like those of {index}', values: { index: source.index }, ignoreTag: true })
            : i18n.translate('lyrebird.fromLogs.noModel', { defaultMessage: 'No model has learned from {index}', values: { index: source.index }, ignoreTag: true })
        }
        data-test-subj={learned ? 'lyrebirdFromLogs' : 'lyrebirdFromLogsNoModel'}
      >
        {query !== undefined && <p>{i18n.translate('lyrebird.fromLogs.query', { defaultMessage: 'That match {query}.', values: { query }, ignoreTag: true })}</p>}
        {source.from !== undefined && source.to !== undefined && (
          <p>{i18n.translate('lyrebird.fromLogs.period', { defaultMessage: 'From {from} to {to}.', values: { from: formatTime(source.from), to: formatTime(source.to) } })}</p>
        )}
        {learned && left > 0 && (
          <p>
            {i18n.translate('lyrebird.fromLogs.left', {
              defaultMessage: '{count, plural, one {One condition of the query is} other {# conditions of the query are}} not taken over: a model can be held to values and ranges of fields. A model that learned from these events alone writes no others.',
              values: { count: left },
            })}
          </p>
        )}
        {(!learned || left > 0) && (
          <Needs capability="train">
            {(denied) => (
              <AppButton to={pagePath(PATHS.train, { [LOGS_PARAMETER]: writeLogsLink(logs) })} isDisabled={denied} fill={!learned} data-test-subj="lyrebirdFromLogsTrain">
                {i18n.translate('lyrebird.fromLogs.train', { defaultMessage: 'Train a model on these logs' })}
              </AppButton>
            )}
          </Needs>
        )}
      </EuiCallOut>
      <EuiSpacer size="l" />
    </>
  );
}
