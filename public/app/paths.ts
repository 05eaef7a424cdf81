/** Pages, below the app's base path. */
export const PATHS = { overview: '/', train: '/train', generate: '/generate', anomalies: '/anomalies' } as const;
export type PageName = keyof typeof PATHS;
