import { createContext, useContext, type ReactNode } from 'react';
import { DARK_THEME, LIGHT_THEME, type PartialTheme, type Theme } from '@elastic/charts';

const DarkContext = createContext(false);

export function ColorModeProvider({ dark, children }: { dark: boolean; children: ReactNode }) {
  return <DarkContext.Provider value={dark}>{children}</DarkContext.Provider>;
}

export const useDark = (): boolean => useContext(DarkContext);

/** Colours of what is compared, with enough contrast to the panel behind them in either scheme. */
export interface SeriesColors {
  /** What the model trained on. */
  train: string;
  /** Real events that it never saw. */
  heldout: string;
  /** What it wrote. */
  synthetic: string;
}
const LIGHT: SeriesColors = { train: '#5A6D8C', heldout: '#0B64DD', synthetic: '#BC1E70' };
const DARK: SeriesColors = { train: '#98A8C3', heldout: '#61A2FF', synthetic: '#EE72A6' };
export const useSeriesColors = (): SeriesColors => (useDark() ? DARK : LIGHT);

/** Charts do not read EUI's theme: base theme by colour scheme, and no background so that the panel's shows. */
export function useChartTheme(): { baseTheme: Theme; theme: PartialTheme } {
  const dark = useDark();
  return { baseTheme: dark ? DARK_THEME : LIGHT_THEME, theme: { background: { color: 'transparent' }, chartMargins: { left: 0, right: 0, top: 8, bottom: 0 } } };
}
