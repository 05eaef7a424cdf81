import { EuiButton, EuiCallOut, EuiCode, EuiSpacer, EuiText } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { FormattedMessage } from '@kbn/i18n-react';
import { toAppError } from '../api/errors';

interface ErrorCalloutProps {
  title: string;
  error: unknown;
  onRetry?: () => void;
}

/** What went wrong, what to do about it, and the code to ask about. */
export function ErrorCallout({ title, error, onRetry }: ErrorCalloutProps) {
  const { code, message, hint } = toAppError(error);
  return (
    <EuiCallOut title={title} color="danger" iconType="warning" data-test-subj="lyrebirdError" announceOnMount={false}>
      <EuiText size="s">
        <p data-test-subj="lyrebirdErrorMessage">{message}</p>
        {hint && <p data-test-subj="lyrebirdErrorHint">{hint}</p>}
        {code !== 'LYREBIRD_INTERNAL' && (
          <p>
            <FormattedMessage id="lyrebird.error.code" defaultMessage="Code: {code}" values={{ code: <EuiCode>{code}</EuiCode> }} />
          </p>
        )}
      </EuiText>
      {onRetry && (
        <>
          <EuiSpacer size="m" />
          <EuiButton size="s" color="danger" iconType="refresh" onClick={onRetry} data-test-subj="lyrebirdErrorRetry">
            {i18n.translate('lyrebird.error.retry', { defaultMessage: 'Try again' })}
          </EuiButton>
        </>
      )}
    </EuiCallOut>
  );
}
