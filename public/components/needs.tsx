import type { ReactElement } from 'react';
import { EuiCallOut, EuiToolTip } from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { useMay, type Capability } from '../app/core_context';

/** What a role may not do without the privilege. */
const DENIED: Record<Capability, string> = {
  train: i18n.translate('lyrebird.needs.train', { defaultMessage: 'Your role may not train or delete models, nor stop or resume jobs' }),
  generate: i18n.translate('lyrebird.needs.generate', { defaultMessage: 'Your role may not generate events or make reports' }),
  score: i18n.translate('lyrebird.needs.score', { defaultMessage: 'Your role may not score events' }),
  reveal: i18n.translate('lyrebird.needs.reveal', { defaultMessage: 'Your role may not map pseudonyms back' }),
};

const grantedBy = (capability: Capability) =>
  i18n.translate('lyrebird.needs.grantedBy', {
    defaultMessage: 'It lacks the privilege {privilege}, which is part of “All” on Lyrebird in Kibana’s role management.',
    values: { privilege: `lyrebird-${capability}` },
  });

/** Why something cannot be done, in one line. */
export const deniedText = (capability: Capability): string => `${DENIED[capability]}. ${grantedBy(capability)}`;

interface NeedsProps {
  capability: Capability;
  /** The control, switched off where the person may not use it. */
  children(denied: boolean): ReactElement;
}

/** A control that would end in a refusal is switched off, and says which privilege it takes. */
export function Needs({ capability, children }: NeedsProps) {
  const may = useMay(capability);
  if (may) return children(false);
  return <EuiToolTip content={deniedText(capability)}>{children(true)}</EuiToolTip>;
}

/** In place of a form that would end in a refusal. */
export function NotAllowed({ capability }: { capability: Capability }) {
  return (
    <EuiCallOut iconType="lock" title={DENIED[capability]} data-test-subj={`lyrebirdNotAllowed-${capability}`}>
      <p>{grantedBy(capability)}</p>
    </EuiCallOut>
  );
}
