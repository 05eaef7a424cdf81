import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build, version as esbuildVersion } from 'esbuild';
import { bundleIconsAsOneChunk } from './bundle_icons';

const ROOT = path.join(__dirname, '..', '..');
/** What the bundle is made of: a change in any file of these makes a new one. */
const INPUTS = ['public', 'common', 'standalone/host', 'standalone/kibana', 'package-lock.json', 'tsconfig.json'];

export interface Bundle {
  /** Folder with `main.js` and its chunks. */
  folder: string;
  /** Content key: part of the URL, so that browsers may keep what they have for good. */
  key: string;
}

async function digest(hash: ReturnType<typeof createHash>, file: string): Promise<void> {
  const info = await stat(file);
  if (info.isDirectory()) {
    for (const name of (await readdir(file)).sort()) await digest(hash, path.join(file, name));
    return;
  }
  hash.update(path.relative(ROOT, file)).update('\0').update(await readFile(file)).update('\0');
}

async function contentKey(): Promise<string> {
  const hash = createHash('sha256').update(esbuildVersion);
  for (const input of INPUTS) if (existsSync(path.join(ROOT, input))) await digest(hash, path.join(ROOT, input));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Builds the browser side (shell and app) into `<dataDir>/bundles/<key>`, or finds it there from an earlier start.
 * The folder appears whole or not at all; older ones are removed.
 */
export async function buildBundle(dataDir: string): Promise<Bundle> {
  const parent = path.join(dataDir, 'bundles');
  const key = await contentKey();
  const folder = path.join(parent, key);
  if (existsSync(path.join(folder, 'complete'))) return { folder, key };

  const unfinished = path.join(parent, `.${key}.${process.pid}`);
  await mkdir(unfinished, { recursive: true });
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: { main: path.join(__dirname, 'browser', 'main.tsx') },
      outdir: unfinished,
      bundle: true,
      format: 'esm',
      splitting: true,
      chunkNames: 'chunk-[hash]',
      minify: true,
      target: 'es2022',
      jsx: 'automatic',
      jsxImportSource: '@emotion/react',
      loader: { '.css': 'text' },
      alias: {
        '@kbn/i18n': path.join(ROOT, 'standalone', 'kibana', 'i18n.ts'),
        '@kbn/i18n-react': path.join(ROOT, 'standalone', 'kibana', 'i18n_react.tsx'),
      },
      define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
      plugins: [bundleIconsAsOneChunk],
      legalComments: 'linked',
      logLevel: 'error',
    });
    await writeFile(path.join(unfinished, 'complete'), '');
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder).catch((error: NodeJS.ErrnoException) => {
      // Another host built the same bundle meanwhile.
      if (!existsSync(path.join(folder, 'complete'))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  const hourAgo = Date.now() - 3_600_000;
  for (const name of await readdir(parent)) {
    const old = path.join(parent, name);
    if (name !== key && (await stat(old)).mtimeMs < hourAgo) await rm(old, { recursive: true, force: true });
  }
  return { folder, key };
}
