/** Pages, below the app's base path. */
export const PATHS = { overview: '/', train: '/train', generate: '/generate', report: '/report', anomalies: '/anomalies' } as const;
export type PageName = keyof typeof PATHS;
