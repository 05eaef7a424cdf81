import { useState } from 'react';
import { EuiLink } from '@elastic/eui';
import { i18n } from '@kbn/i18n';

const SHOWN = 8;

/** Names in a row; of many the first, and the others for whoever wants them. */
export function NameList({ names }: { names: readonly string[] }) {
  const [all, setAll] = useState(false);
  const more = names.length - SHOWN;
  if (all || more <= 1) return <>{names.join(', ')}</>;
  return (
    <>
      {names.slice(0, SHOWN).join(', ')}{' '}
      <EuiLink onClick={() => setAll(true)} data-test-subj="lyrebirdNamesMore">
        {i18n.translate('lyrebird.names.more', { defaultMessage: 'and {more} more', values: { more } })}
      </EuiLink>
    </>
  );
}
