import path from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { sharedGlobal } from './shared_dependencies';

export interface BrowserBundleOptions {
  /** Folder of the repository. */
  root: string;
  /** Of the plugin, as in its manifest. */
  id: string;
  kibanaVersion: string;
  /** Folder for `<id>.plugin.js` and its chunks. */
  to: string;
}

const APPLICATION = 'application';
const EMOTION_RUNTIME = '@emotion/react/jsx-runtime';

/**
 * The browser side as Kibana's loader wants it: a classic script that calls `__kbnBundles__.define`, loaded with every page and therefore small, and
 * ES modules with the app, loaded when it is first opened. Kibana's content security policy allows both, as they come from its own address.
 *
 * @throws with the import's name, and the file that has it, where this Kibana does not share what must not be bundled
 */
export async function bundleBrowser({ root, id, kibanaVersion, to }: BrowserBundleOptions): Promise<void> {
  const common: BuildOptions = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    // What all browsers have that Kibana 8.12 supports.
    target: 'es2020',
    jsx: 'automatic',
    jsxImportSource: '@emotion/react',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    legalComments: 'linked',
    logLevel: 'silent',
  };
  const script = `import * as front from './public'; window.__kbnBundles__.define('plugin/${id}/public', () => front, 0);`;
  await build({
    ...common,
    stdin: { contents: script, resolveDir: root, loader: 'ts' },
    format: 'iife',
    outfile: path.join(to, `${id}.plugin.js`),
    plugins: [applicationApart(id), shared(kibanaVersion)],
  });
  await build({
    ...common,
    entryPoints: { [chunkOf(id)]: path.join(root, 'public', APPLICATION) },
    format: 'esm',
    splitting: true,
    outdir: to,
    chunkNames: `${id}.chunk.[hash]`,
    plugins: [shared(kibanaVersion)],
  });
}

const chunkOf = (id: string) => `${id}.chunk.${APPLICATION}`;

/** Imports that Kibana answers become reads of its globals. */
function shared(kibanaVersion: string): Plugin {
  return {
    name: 'kibana-shared-dependencies',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path: specifier, kind, importer }) => {
        if (kind === 'entry-point' || path.isAbsolute(specifier)) return undefined;
        if (specifier === EMOTION_RUNTIME) return { path: specifier, namespace: 'emotion-runtime' };
        try {
          return sharedGlobal(specifier, kibanaVersion) === undefined ? undefined : { path: specifier, namespace: 'kibana-shared' };
        } catch (error) {
          return { errors: [{ text: `${(error as Error).message} It is imported by ${importer}.` }] };
        }
      });
      build.onLoad({ filter: /.*/, namespace: 'kibana-shared' }, ({ path: specifier }) => ({ contents: `module.exports = ${sharedGlobal(specifier, kibanaVersion)};`, loader: 'js' }));
      // Kibana shares Emotion's `jsx`, not the newer runtime that the compiler calls.
      build.onLoad({ filter: /.*/, namespace: 'emotion-runtime' }, () => ({
        contents: `import { jsx as create } from '@emotion/react';
          export { Fragment } from 'react';
          export const jsx = (type, props, key) => create(type, key === undefined ? props : { ...props, key });
          export const jsxs = jsx;`,
        loader: 'js',
        resolveDir: build.initialOptions.absWorkingDir,
      }));
    },
  };
}

/**
 * A classic script cannot be split: its `import('./application')` becomes one of the module beside it. What is exported as `then` stands for the whole
 * namespace, as an `import()` waits for whatever is thenable.
 */
function applicationApart(id: string): Plugin {
  return {
    name: 'application-apart',
    setup(build) {
      build.onResolve({ filter: new RegExp(`/${APPLICATION}$`) }, ({ kind }) => (kind === 'dynamic-import' ? { path: APPLICATION, namespace: 'apart' } : undefined));
      build.onLoad({ filter: /.*/, namespace: 'apart' }, () => ({
        contents: `const url = window.__kbnPublicPath__[${JSON.stringify(id)}] + ${JSON.stringify(`${chunkOf(id)}.js`)};
          export const then = (resolve, reject) => import(url).then(resolve, reject);`,
        loader: 'js',
      }));
    },
  };
}
