import { i18n } from '@kbn/i18n';
import { formatCount } from '../../components/format';

/** Why there are fewer events than were asked for; `cascade`: where another model wrote some fields first. */
export function leftOutText(count: number, cascade: boolean): string {
  const values = { count, shown: formatCount(count) };
  if (cascade) {
    return i18n.translate('lyrebird.generate.leftOutCascade', {
      defaultMessage: '{count, plural, one {# event} other {{shown} events}} left out: nobody whom this model knows does what the first one wrote, or they would have been read as another entity’s.',
      values,
    });
  }
  return i18n.translate('lyrebird.generate.leftOutMisnamed', { defaultMessage: '{count, plural, one {# event} other {{shown} events}} left out: they would have been read as another entity’s.', values });
}
