/**
 * Stands for `@kbn/i18n` where there is no Kibana: messages are the English defaults, in ICU message syntax as there.
 */
import { createIntl, createIntlCache } from 'react-intl';

export interface TranslateArguments {
  defaultMessage: string;
  values?: Record<string, string | number | boolean | Date | null | undefined>;
  description?: string;
  /** Treat `<` and `>` as text instead of rich-text tags. */
  ignoreTag?: boolean;
}

const intl = createIntl({ locale: 'en', messages: {}, onError: () => undefined }, createIntlCache());

function translate(id: string, { defaultMessage, values = {}, ignoreTag }: TranslateArguments): string {
  if (!id) throw new Error('[I18n] A message needs an id.');
  return String(intl.formatMessage({ id, defaultMessage }, values, { ignoreTag }));
}

export const i18n = {
  translate,
  getLocale: (): string => intl.locale,
};
