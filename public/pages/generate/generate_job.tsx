import { EuiCode, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { FormattedMessage } from '@kbn/i18n-react';
import { startGenerateSchema, type PluginJob } from '../../../common';
import { Counts } from '../../components/counts';
import { JobPanel } from '../../components/job_panel';
import { isRunning } from '../../components/job_text';
import { ReasonsTable } from '../../components/reasons_table';
import { leftOutText } from './left_out_text';

/** A generation job: what was written where, and what the index would not take. */
export function GenerateJob({ job, onClose }: { job: PluginJob; onClose(): void }) {
  const { generated, written, refused, duplicate, malformed, copies_redrawn, copies_given_up, left_out } = job.counts;
  const unwritten = isRunning(job) ? 0 : generated - written - refused - duplicate;
  return (
    <JobPanel job={job} subject={job.target_index} onClose={onClose}>
      <Counts
        counts={[
          { name: 'generated', label: i18n.translate('lyrebird.generate.generated', { defaultMessage: 'Generated' }), value: generated },
          { name: 'written', label: i18n.translate('lyrebird.generate.written', { defaultMessage: 'Written' }), value: written, color: 'success' },
          { name: 'refused', label: i18n.translate('lyrebird.generate.refused', { defaultMessage: 'Refused' }), value: refused, color: refused > 0 ? 'danger' : 'subdued' },
          { name: 'duplicate', label: i18n.translate('lyrebird.generate.duplicate', { defaultMessage: 'Already there' }), value: duplicate, color: 'subdued' },
          ...(copies_redrawn > 0 ? [{ name: 'redrawn', label: i18n.translate('lyrebird.generate.redrawn', { defaultMessage: 'Copies drawn anew' }), value: copies_redrawn, color: 'subdued' as const }] : []),
          ...(copies_given_up > 0 ? [{ name: 'givenUp', label: i18n.translate('lyrebird.generate.givenUp', { defaultMessage: 'Copies left out' }), value: copies_given_up, color: 'subdued' as const }] : []),
          ...(left_out > 0 ? [{ name: 'leftOut', label: i18n.translate('lyrebird.generate.leftOut', { defaultMessage: 'Left out' }), value: left_out, color: 'subdued' as const }] : []),
          ...(malformed > 0 ? [{ name: 'malformed', label: i18n.translate('lyrebird.generate.malformed', { defaultMessage: 'Malformed' }), value: malformed, color: 'danger' as const }] : []),
        ]}
      />
      {unwritten > 0 && (
        <>
          <EuiSpacer size="m" />
          <EuiText size="s" color="subdued">
            <p data-test-subj="lyrebirdGenerateUnwritten">
              {i18n.translate('lyrebird.generate.unwritten', {
                defaultMessage: '{count, plural, one {# event was} other {# events were}} generated, but not yet written when the job stopped. Resumed, it writes the same ones.',
                values: { count: unwritten },
              })}
            </p>
          </EuiText>
        </>
      )}
      {left_out > 0 && (
        <>
          <EuiSpacer size="m" />
          <EuiText size="s" color="subdued">
            <p data-test-subj="lyrebirdGenerateLeftOut">{leftOutText(left_out, startGenerateSchema.safeParse(job.params).data?.options.cascade !== undefined)}</p>
          </EuiText>
        </>
      )}
      <ReasonsTable title={i18n.translate('lyrebird.generate.refusals', { defaultMessage: 'Why the index refused events' })} reasons={job.refusals} data-test-subj="lyrebirdGenerateRefusals" />
      {job.target_index && written + duplicate > 0 && (
        <>
          <EuiSpacer size="m" />
          <EuiText size="s">
            <p>
              <FormattedMessage
                id="lyrebird.generate.target"
                defaultMessage="They are in {index}; each is marked {mark}, and {run} tells this run from others."
                values={{
                  index: <EuiCode data-test-subj="lyrebirdGenerateTargetIndex">{job.target_index}</EuiCode>,
                  mark: <EuiCode>lyrebird.synthetic: true</EuiCode>,
                  run: <EuiCode>{`lyrebird.job_id: ${job.id}`}</EuiCode>,
                }}
              />
            </p>
          </EuiText>
        </>
      )}
    </JobPanel>
  );
}
