import { BehaviorSubject, map } from 'rxjs';
import darkCharts from '@elastic/charts/dist/theme_only_dark.css';
import lightCharts from '@elastic/charts/dist/theme_only_light.css';

export type ThemePreference = 'system' | 'light' | 'dark';
const KEY = 'lyrebird.theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

function stored(): ThemePreference {
  try {
    const value = window.localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system'; // Storage may be blocked; the preference then lasts as long as the page.
  }
}

const isDark = (preference: ThemePreference) => (preference === 'system' ? system.matches : preference === 'dark');

const state$ = new BehaviorSubject({ preference: stored(), darkMode: isDark(stored()) });
system.addEventListener('change', () => setThemePreference(state$.value.preference));

export function setThemePreference(preference: ThemePreference): void {
  try {
    if (preference === 'system') window.localStorage.removeItem(KEY);
    else window.localStorage.setItem(KEY, preference);
  } catch {
    // As above.
  }
  state$.next({ preference, darkMode: isDark(preference) });
}

export const theme$ = state$.pipe(map(({ darkMode }) => ({ darkMode })));
export const themeState$ = state$.asObservable();
export const currentTheme = () => state$.value;

/** Charts bring plain style sheets, one per colour scheme; Kibana loads them for its apps, so the host does too. */
export function applyDocumentTheme(): void {
  const style = document.head.appendChild(document.createElement('style'));
  state$.subscribe(({ darkMode }) => {
    style.textContent = darkMode ? darkCharts : lightCharts;
    document.documentElement.style.colorScheme = darkMode ? 'dark' : 'light';
  });
}
