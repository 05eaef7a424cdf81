/** Stands for `@kbn/i18n-react` where there is no Kibana. */
import type { ReactNode } from 'react';
import { FormattedMessage, IntlProvider, injectIntl, useIntl } from 'react-intl';

/** Messages are the English defaults; their absence from a catalogue is no error here. */
export function I18nProvider({ children }: { children: ReactNode }) {
  return (
    <IntlProvider locale="en" messages={{}} onError={() => undefined}>
      {children}
    </IntlProvider>
  );
}

export { FormattedMessage, injectIntl as injectI18n, injectIntl, useIntl };
