import { useEffect, useState } from 'react';
import {
  EuiGlobalToastList,
  EuiHeader,
  EuiHeaderBreadcrumbs,
  EuiHeaderLogo,
  EuiHeaderSection,
  EuiHeaderSectionItem,
  EuiHeaderSectionItemButton,
  EuiIcon,
  EuiProvider,
  EuiToolTip,
} from '@elastic/eui';
import { i18n } from '@kbn/i18n';
import { I18nProvider } from '@kbn/i18n-react';
import type { History } from 'history';
import type { BehaviorSubject, Observable } from 'rxjs';
import { breadcrumbs$, removeToast, toasts$ } from './chrome';
import { Bird } from './bird';
import { currentTheme, setThemePreference, themeState$, type ThemePreference } from './theme';

function useObservable<T>(observable: Observable<T>, initial: T): T {
  const [value, setValue] = useState(initial);
  useEffect(() => {
    const subscription = observable.subscribe(setValue);
    return () => subscription.unsubscribe();
  }, [observable]);
  return value;
}
const useSubject = <T,>(subject: BehaviorSubject<T>): T => useObservable(subject, subject.value);

const NEXT: Record<ThemePreference, ThemePreference> = { system: 'light', light: 'dark', dark: 'system' };
const ICONS: Record<ThemePreference, string> = { system: 'desktop', light: 'sun', dark: 'moon' };
const labels: Record<ThemePreference, string> = {
  system: i18n.translate('lyrebird.shell.theme.system', { defaultMessage: 'Colours: as the system. Switch to light.' }),
  light: i18n.translate('lyrebird.shell.theme.light', { defaultMessage: 'Colours: light. Switch to dark.' }),
  dark: i18n.translate('lyrebird.shell.theme.dark', { defaultMessage: 'Colours: dark. Switch to the system’s.' }),
};

function ThemeSwitch() {
  const { preference } = useObservable(themeState$, currentTheme());
  return (
    <EuiToolTip content={labels[preference]} disableScreenReaderOutput>
      <EuiHeaderSectionItemButton
        aria-label={labels[preference]}
        data-test-subj="standaloneThemeSwitch"
        onClick={() => setThemePreference(NEXT[preference])}
      >
        <EuiIcon type={ICONS[preference]} size="m" aria-hidden />
      </EuiHeaderSectionItemButton>
    </EuiToolTip>
  );
}

/** What stands around the app: Kibana's header in small, and its toasts. */
export function Shell({ appUrl, history }: { appUrl: string; history: History }) {
  const { darkMode } = useObservable(themeState$, currentTheme());
  const crumbs = useSubject(breadcrumbs$);
  const toasts = useSubject(toasts$);
  const go = (href: string) => (event: React.MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    history.push(href.startsWith(appUrl) ? href.slice(appUrl.length) || '/' : href);
  };
  return (
    <EuiProvider colorMode={darkMode ? 'DARK' : 'LIGHT'}>
      <I18nProvider>
        <header>
          <EuiHeader position="fixed">
            <EuiHeaderSection grow={false}>
              <EuiHeaderSectionItem>
                <EuiHeaderLogo
                  iconType={Bird}
                  iconTitle="Lyrebird"
                  href={appUrl}
                  onClick={go(appUrl)}
                  aria-label={i18n.translate('lyrebird.shell.home', { defaultMessage: 'Lyrebird, start page' })}
                  data-test-subj="standaloneLogo"
                />
              </EuiHeaderSectionItem>
              <EuiHeaderBreadcrumbs
                breadcrumbs={crumbs.map(({ text, href }) => ({ text, ...(href ? { href, onClick: go(href) } : {}) }))}
                data-test-subj="standaloneBreadcrumbs"
              />
            </EuiHeaderSection>
            <EuiHeaderSection side="right">
              <EuiHeaderSectionItem>
                <ThemeSwitch />
              </EuiHeaderSectionItem>
            </EuiHeaderSection>
          </EuiHeader>
        </header>
        <EuiGlobalToastList toasts={toasts} dismissToast={({ id }) => removeToast(id)} toastLifeTimeMs={8000} />
      </I18nProvider>
    </EuiProvider>
  );
}
