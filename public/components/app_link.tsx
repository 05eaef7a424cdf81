import type { ReactNode } from 'react';
import { EuiButton, EuiButtonEmpty, EuiLink } from '@elastic/eui';
import { useHistory } from 'react-router-dom';
import { useAppUrl } from '../app/core_context';

interface AppLinkProps {
  /** Path below the app's base path, with its query. */
  to: string;
  children: ReactNode;
  'data-test-subj'?: string;
}

/** href for a new tab, history for a plain click. */
function useAppLink(to: string) {
  const history = useHistory();
  const href = useAppUrl()(to);
  return {
    href,
    onClick: (event: React.MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      history.push(to);
    },
  };
}

export function AppLink({ to, children, ...rest }: AppLinkProps) {
  return (
    <EuiLink {...useAppLink(to)} {...rest}>
      {children}
    </EuiLink>
  );
}

export function AppButton({ to, children, fill, iconType, isDisabled, ...rest }: AppLinkProps & { fill?: boolean; iconType?: string; isDisabled?: boolean }) {
  return (
    <EuiButton {...useAppLink(to)} isDisabled={isDisabled} fill={fill} iconType={iconType} {...rest}>
      {children}
    </EuiButton>
  );
}

export function AppButtonEmpty({ to, children, iconType, flush, ...rest }: AppLinkProps & { iconType?: string; flush?: 'left' | 'both' }) {
  return (
    <EuiButtonEmpty {...useAppLink(to)} size="s" iconType={iconType} flush={flush} {...rest}>
      {children}
    </EuiButtonEmpty>
  );
}
