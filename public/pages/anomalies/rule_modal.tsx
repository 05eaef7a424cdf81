import type { ReactNode } from 'react';
import { EuiConfirmModal, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { createRuleSchema, type CreateRule } from '../../../common';
import { useMakeRule, useRulePreview } from '../../api/queries';
import { useCore } from '../../app/core_context';
import { ErrorCallout } from '../../components/error_callout';
import { formatCount } from '../../components/format';
import { scopeLines } from './rule_text';

interface RuleModalProps {
  title: string;
  rule: CreateRule;
  onClose(): void;
  /** What a person chooses. */
  children: ReactNode;
}

/** A rule about to be made: what a person chooses of it, and what it would hide then. */
export function RuleModal({ title, rule, onClose, children }: RuleModalProps) {
  const { toasts } = useCore().notifications;
  const problem = createRuleSchema.safeParse(rule).error?.issues[0].message;
  const preview = useRulePreview(rule, problem === undefined);
  const make = useMakeRule(() => {
    toasts.addSuccess(i18n.translate('lyrebird.rule.made', { defaultMessage: 'The rule is in force. It can be undone under “Rules”.' }));
    onClose();
  });
  return (
    <EuiConfirmModal
      title={title}
      aria-label={title}
      onCancel={onClose}
      onConfirm={() => make.mutate(rule)}
      confirmButtonDisabled={problem !== undefined}
      isLoading={make.isLoading}
      confirmButtonText={i18n.translate('lyrebird.rule.make', { defaultMessage: 'Hide these' })}
      cancelButtonText={i18n.translate('lyrebird.rule.cancel', { defaultMessage: 'Cancel' })}
      maxWidth={560}
      data-test-subj="lyrebirdRuleModal"
    >
      {children}
      <EuiSpacer size="m" />
      <div aria-live="polite">
        {problem !== undefined ? (
          <EuiText size="s" color="danger">
            <p>{i18n.translate('lyrebird.rule.problem', { defaultMessage: 'Expected: {what}.', values: { what: problem } })}</p>
          </EuiText>
        ) : preview.isError ? (
          <ErrorCallout title={i18n.translate('lyrebird.rule.previewFailed', { defaultMessage: 'What it would hide cannot be counted' })} error={preview.error} />
        ) : (
          preview.data && (
            <EuiText size="s" data-test-subj="lyrebirdRulePreview">
              <p>{i18n.translate('lyrebird.rule.hides', { defaultMessage: 'Hides every event that stands out where' })}</p>
              <ul>
                {scopeLines(rule.kind, preview.data.scope).map((line) => (
                  <li key={line} style={{ overflowWrap: 'anywhere' }}>
                    {line}
                  </li>
                ))}
              </ul>
              <p>
                <strong data-test-subj="lyrebirdRuleCount">
                  {i18n.translate('lyrebird.rule.count', {
                    defaultMessage: '{records, plural, =0 {None is there now} one {# is there now} other {{shown} are there now}}{more, select, true {, or more} other {}}; those to come are hidden, too.',
                    values: { records: preview.data.records, shown: formatCount(preview.data.records), more: String(preview.data.truncated) },
                  })}
                </strong>
              </p>
            </EuiText>
          )
        )}
      </div>
      {make.isError && (
        <>
          <EuiSpacer size="m" />
          <ErrorCallout title={i18n.translate('lyrebird.rule.failed', { defaultMessage: 'The rule was not made' })} error={make.error} />
        </>
      )}
    </EuiConfirmModal>
  );
}
