import path from 'node:path';
import { build } from 'esbuild';

/** Node of Kibana 8.12, the oldest that is supported. */
const TARGET = 'node18';

/**
 * The server side as one CommonJS file with everything that it needs: nothing is installed into Kibana's process, and nothing native can be.
 *
 * @param to folder for `index.js`
 */
export async function bundleServer({ root, to }: { root: string; to: string }): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { index: path.join(root, 'packaging', 'kibana', 'server') },
    outdir: to,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: TARGET,
    keepNames: true,
    // Kibana's own, found from the plugin's folder within it. Native modules have no loader: one that slips in fails the build by its name.
    external: ['@kbn/config-schema'],
    legalComments: 'linked',
    logLevel: 'silent',
  });
}
