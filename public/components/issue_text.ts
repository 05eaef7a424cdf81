import { i18n } from '@kbn/i18n';
import type { z } from 'zod';
import { formatCount } from './format';

/** What a schema found wrong, as a form says it at the field. */
export function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.expected === 'int') return i18n.translate('lyrebird.issue.whole', { defaultMessage: 'Enter a whole number.' });
  if (issue.code === 'invalid_type' && issue.expected === 'number') return i18n.translate('lyrebird.issue.number', { defaultMessage: 'Enter a number.' });
  if (issue.code === 'too_small' && issue.origin === 'string') return i18n.translate('lyrebird.issue.empty', { defaultMessage: 'Enter something here.' });
  if (issue.code === 'too_small') {
    const least = formatCount(Number(issue.minimum));
    return issue.inclusive === false
      ? i18n.translate('lyrebird.issue.above', { defaultMessage: 'Enter a number above {least}.', values: { least } })
      : i18n.translate('lyrebird.issue.atLeast', { defaultMessage: 'Enter {least} or more.', values: { least } });
  }
  if (issue.code === 'too_big') return i18n.translate('lyrebird.issue.atMost', { defaultMessage: 'Enter {most} or less.', values: { most: formatCount(Number(issue.maximum)) } });
  return i18n.translate('lyrebird.issue.expected', { defaultMessage: 'Expected: {what}.', values: { what: issue.message }, ignoreTag: true });
}
