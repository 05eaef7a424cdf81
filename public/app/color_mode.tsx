import { createContext, useContext, type ReactNode } from 'react';
import { DARK_THEME, LIGHT_THEME, type PartialTheme, type Theme } from '@elastic/charts';

const DarkContext = createContext(false);

export function ColorModeProvider({ dark, children }: { dark: boolean; children: ReactNode }) {
  return <DarkContext.Provider value={dark}>{children}</DarkContext.Provider>;
}

export const useDark = (): boolean => useContext(DarkContext);

/** Charts do not read EUI's theme: base theme by colour scheme, and no background so that the panel's shows. */
export function useChartTheme(): { baseTheme: Theme; theme: PartialTheme } {
  const dark = useDark();
  return { baseTheme: dark ? DARK_THEME : LIGHT_THEME, theme: { background: { color: 'transparent' }, chartMargins: { left: 0, right: 0, top: 8, bottom: 0 } } };
}
