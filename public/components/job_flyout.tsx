import type { FormEvent, ReactNode } from 'react';
import { EuiButton, EuiButtonEmpty, EuiFlexGroup, EuiFlexItem, EuiFlyout, EuiFlyoutBody, EuiFlyoutFooter, EuiFlyoutHeader, EuiForm, EuiSpacer, EuiText, EuiTitle, useGeneratedHtmlId } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { ErrorCallout } from './error_callout';
import { focusInvalid } from './focus_invalid';
import { InView } from './in_view';

interface JobFlyoutProps {
  title: string;
  /** What the job will do, below the title. */
  help: string;
  /** On the button that starts it. */
  startLabel: string;
  /** Title of a refusal by the server. */
  refusedTitle: string;
  /** The mutation that starts the job. */
  start: { isLoading: boolean; isError: boolean; error: unknown };
  onSubmit(): void;
  onClose(): void;
  /** Begins the `data-test-subj` of the flyout and its buttons. */
  subject: string;
  /** The form's rows. */
  children: ReactNode;
}

/** A form beside the page that starts a job: what it does, its settings, why it was refused, and the two ways out. */
export function JobFlyout({ title, help, startLabel, refusedTitle, start, onSubmit, onClose, subject, children }: JobFlyoutProps) {
  // React's own `useId` is not in Kibana 8.
  const titleId = useGeneratedHtmlId({ prefix: subject });
  const formId = useGeneratedHtmlId({ prefix: subject });
  return (
    <EuiFlyout onClose={onClose} size="s" focusTrapProps={{ returnFocus: { preventScroll: true } }} aria-labelledby={titleId} data-test-subj={`${subject}Flyout`}>
      <EuiFlyoutHeader hasBorder>
        <EuiTitle size="s">
          <h2 id={titleId}>{title}</h2>
        </EuiTitle>
        <EuiSpacer size="s" />
        <EuiText size="s" color="subdued">
          <p>{help}</p>
        </EuiText>
      </EuiFlyoutHeader>
      <EuiFlyoutBody>
        <EuiForm
          id={formId}
          component="form"
          noValidate
          onSubmit={(event: FormEvent<HTMLElement>) => {
            event.preventDefault();
            onSubmit();
            focusInvalid(event.currentTarget);
          }}
        >
          {children}
        </EuiForm>
        {start.isError && (
          <>
            <EuiSpacer />
            <InView of={start.error}>
              <ErrorCallout title={refusedTitle} error={start.error} />
            </InView>
          </>
        )}
      </EuiFlyoutBody>
      <EuiFlyoutFooter>
        <EuiFlexGroup justifyContent="spaceBetween" responsive={false}>
          <EuiFlexItem grow={false}>
            <EuiButtonEmpty flush="left" onClick={onClose} data-test-subj={`${subject}Cancel`}>
              {i18n.translate('lyrebird.jobFlyout.cancel', { defaultMessage: 'Cancel' })}
            </EuiButtonEmpty>
          </EuiFlexItem>
          <EuiFlexItem grow={false}>
            <EuiButton type="submit" form={formId} fill iconType="play" isLoading={start.isLoading} data-test-subj={`${subject}Start`}>
              {startLabel}
            </EuiButton>
          </EuiFlexItem>
        </EuiFlexGroup>
      </EuiFlyoutFooter>
    </EuiFlyout>
  );
}
