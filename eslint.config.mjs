import tseslint from 'typescript-eslint';
import boundaries from 'eslint-plugin-boundaries';
import reactHooks from 'eslint-plugin-react-hooks';

const rooms = ['common', 'server', 'public', 'models', 'packaging', 'standalone', 'simulator', 'scripts', 'test', 'bench'];
/** Imports point one way. `server` and `models` meet over HTTP only; nothing knows its host. */
const allowed = {
  common: ['common'],
  server: ['server', 'common'],
  public: ['public', 'common'],
  models: ['models', 'common'],
  simulator: ['simulator', 'common'],
  standalone: ['standalone', 'server', 'public', 'models', 'simulator', 'common'],
  // What Kibana loads: its entry wraps that of the server.
  packaging: ['packaging', 'server', 'common'],
  scripts: rooms,
  test: rooms,
  bench: rooms,
};

export default tseslint.config(
  { ignores: ['node_modules/', 'build/', '.lyrebird/', 'coverage/', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    plugins: { boundaries, 'react-hooks': reactHooks },
    settings: {
      // Not tsconfig's paths: '@kbn/*' is the host's, and which host it is, the importer does not know.
      'import/resolver': { node: { extensions: ['.ts', '.tsx', '.js'] } },
      // Whole paths: test/simulator is a part of test, not of simulator.
      'boundaries/elements': rooms.map((room) => ({ type: room, partialMatch: false, pattern: `${room}/**/*` })),
    },
    rules: {
      ...reactHooks.configs.recommended.rules,
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            ...Object.entries(allowed).map(([from, to]) => ({
              from: { element: { type: from } },
              allow: { to: { element: { types: { anyOf: to } } } },
            })),
            { allow: { to: { module: { origin: ['external', 'core'] } } } },
          ],
        },
      ],
      'max-lines': ['error', { max: 420, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  }
);
