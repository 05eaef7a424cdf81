import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'esbuild';

const LOAD = "'./assets/' + typeToPathMap[iconType]";
const MODULE = 'eui-icon-assets';

/**
 * EUI loads each icon by an `import()` of a computed path, which only webpack resolves. Here the call becomes one
 * import of a chunk that holds all icons: no list of used icons to keep, and one request instead of a hundred.
 */
export const bundleIconsAsOneChunk: Plugin = {
  name: 'eui-icons',
  setup(build) {
    build.onLoad({ filter: /eui[\\/]es[\\/]components[\\/]icon[\\/]icon\.js$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8');
      const start = source.indexOf(LOAD);
      const open = source.lastIndexOf('import(', start);
      const close = source.indexOf(')', start);
      if (start < 0 || open < 0) throw new Error(`${file} does not load icons as expected: this EUI version needs a new look at bundle_icons.ts.`);
      const load = `import('${MODULE}').then(function (all) { return all.default[typeToPathMap[iconType]]; })`;
      return { contents: source.slice(0, open) + load + source.slice(close + 1), loader: 'js', resolveDir: path.dirname(file) };
    });
    build.onResolve({ filter: new RegExp(`^${MODULE}$`) }, ({ resolveDir }) => ({ path: path.join(resolveDir, 'assets'), namespace: MODULE }));
    build.onLoad({ filter: /.*/, namespace: MODULE }, async ({ path: folder }) => {
      const names = (await readdir(folder)).filter((file) => file.endsWith('.js')).map((file) => file.slice(0, -3));
      const lines = names.map((name, i) => `import * as i${i} from './${name}';`);
      const table = names.map((name, i) => `${JSON.stringify(name)}: i${i}`);
      return { contents: `${lines.join('\n')}\nexport default {${table.join(',')}};`, loader: 'js', resolveDir: folder };
    });
  },
};
