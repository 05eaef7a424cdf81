import { useEffect, useState } from 'react';
import { EuiCallOut, EuiFlexGroup, EuiFlexItem, EuiHealth, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import type { DatafeedState, PluginJob } from '../../common';
import { formatCount, formatDuration, formatTime } from './format';

/** The time now, ms, each second. */
function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

const seconds = (from: number, to: number) => formatDuration((to - from) / 1000);

/** When the job looked last, and when it will again. */
export function lookText({ last_look_at, next_look_at }: Pick<DatafeedState, 'last_look_at' | 'next_look_at'>, now: number): string {
  if (last_look_at === undefined) return i18n.translate('lyrebird.datafeed.firstLook', { defaultMessage: 'Looking for the first time' });
  const ago = seconds(Date.parse(last_look_at), now);
  const next = next_look_at === undefined ? 0 : Date.parse(next_look_at);
  return next > now
    ? i18n.translate('lyrebird.datafeed.looks', { defaultMessage: 'Last look {ago} ago, next in {next}', values: { ago, next: seconds(now, next) } })
    : i18n.translate('lyrebird.datafeed.lookedAt', { defaultMessage: 'Last look {ago} ago', values: { ago } });
}

/** How far behind the job is, in words. */
export function behindText({ behind }: Pick<DatafeedState, 'behind'>): string {
  return i18n.translate('lyrebird.datafeed.behind', {
    defaultMessage: '{behind, plural, =0 {up to date} one {# event behind} other {{shown} events behind}}',
    values: { behind, shown: formatCount(behind) },
  });
}

/** Where a job that scores in real time stands: shown in place of a progress that has no end. */
export function DatafeedStatus({ datafeed, stage }: { datafeed: DatafeedState; stage: PluginJob['stage'] }) {
  const now = useNow();
  const { problem, latest_record_timestamp: newest } = datafeed;
  const color = problem ? 'warning' : stage === 'scoring' ? 'primary' : 'success';
  return (
    <div data-test-subj="lyrebirdDatafeed" data-real-time={datafeed.real_time_running}>
      <EuiFlexGroup gutterSize="l" responsive={false} wrap alignItems="center">
        <EuiFlexItem grow={false}>
          <EuiHealth color={color} textSize="s">
            {datafeed.real_time_running
              ? i18n.translate('lyrebird.datafeed.realTime', { defaultMessage: 'In real time' })
              : i18n.translate('lyrebird.datafeed.catchingUp', { defaultMessage: 'Catching up' })}
          </EuiHealth>
        </EuiFlexItem>
        <EuiFlexItem grow={false}>
          <EuiText size="s">
            <span data-test-subj="lyrebirdDatafeedLook">{`${lookText(datafeed, now)}; ${behindText(datafeed)}`}</span>
          </EuiText>
        </EuiFlexItem>
        {newest !== undefined && (
          <EuiFlexItem grow={false}>
            <EuiText size="s" color="subdued">
              <span>{i18n.translate('lyrebird.datafeed.newest', { defaultMessage: 'newest event {time}', values: { time: formatTime(newest) } })}</span>
            </EuiText>
          </EuiFlexItem>
        )}
      </EuiFlexGroup>
      {problem && (
        <>
          <EuiSpacer size="m" />
          <EuiCallOut
            size="s"
            color="warning"
            iconType="warning"
            title={i18n.translate('lyrebird.datafeed.problem', { defaultMessage: 'It cannot look for events since {since}, and goes on trying', values: { since: formatTime(problem.since) } })}
            data-test-subj="lyrebirdDatafeedProblem"
          >
            <p>{[problem.message, problem.hint].filter(Boolean).join(' ')}</p>
          </EuiCallOut>
        </>
      )}
    </div>
  );
}
