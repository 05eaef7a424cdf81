/** @type {import('jest').Config} */
module.exports = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/test/support/environment.js',
  roots: ['<rootDir>/test'],
  globalSetup: '<rootDir>/test/support/global_setup.ts',
  globalTeardown: '<rootDir>/test/support/global_teardown.ts',
  // What needs a Kibana runs by itself (npm run test:kibana).
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.KIBANA_HOME ? [] : ['<rootDir>/test/kibana/'])],
  testMatch: ['**/*.test.ts', '**/*.test.tsx'],
  transform: {
    '^.+\\.(t|j)sx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2022',
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  // fast-check 4 and eventsource-parser are ES modules; Jest runs CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(fast-check|pure-rand|eventsource-parser)/)'],
  moduleNameMapper: {
    '^@kbn/i18n$': '<rootDir>/standalone/kibana/i18n.ts',
    '^@kbn/i18n-react$': '<rootDir>/standalone/kibana/i18n_react.tsx',
  },
  modulePathIgnorePatterns: ['<rootDir>/.lyrebird/', '<rootDir>/build/'],
  testTimeout: 180_000,
  maxWorkers: 2,
};
