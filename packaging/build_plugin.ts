import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import semver from 'semver';
import { bundleBrowser } from './browser_bundle';
import { readManifest } from './manifest';
import { bundleServer } from './server_bundle';
import { sharingOf } from './shared_dependencies';
import { zipFolder } from './zip';

/** Contracts (`server/kibana.ts`, `public/kibana.ts`) and shared dependencies were read in these. */
const SUPPORTED = '>=8.12.0 <10.0.0';

export interface BuildOptions {
  /** Folder of the repository. */
  root: string;
  /** Kibana installs a plugin of its own very version only: one zip for each. */
  kibanaVersions: readonly string[];
  /** Folder for the zips. */
  to: string;
  /** Told when a zip is there. */
  onBuilt?: (built: BuiltPlugin) => void;
}

export interface BuiltPlugin {
  kibanaVersion: string;
  file: string;
}

/**
 * Builds `<id>-<version>_<kibana version>.zip` for each version, to be installed by `bin/kibana-plugin install file://…`. No Kibana is needed; versions that share the
 * same with plugins have the same bundles.
 *
 * @throws where a version is none, or not supported; and as `bundleBrowser`
 */
export async function buildPlugin({ root, kibanaVersions, to, onBuilt }: BuildOptions): Promise<BuiltPlugin[]> {
  for (const version of kibanaVersions) {
    const parsed = semver.parse(version);
    if (parsed === null) throw new Error(`"${version}" is no version of Kibana; one is 8.12.2.`);
    if (!semver.satisfies(semver.coerce(version)!, SUPPORTED)) throw new Error(`Kibana ${version} is not supported: ${SUPPORTED} is.`);
  }
  const manifest = await readManifest(root);
  const work = await mkdtemp(path.join(tmpdir(), 'lyrebird-plugin-'));
  try {
    const server = path.join(work, 'server');
    await bundleServer({ root, to: server });
    await mkdir(to, { recursive: true });
    const browsers = new Map<string, string>();
    const built: BuiltPlugin[] = [];
    for (const kibanaVersion of new Set(kibanaVersions)) {
      const sharing = sharingOf(kibanaVersion);
      let browser = browsers.get(sharing);
      if (browser === undefined) {
        browsers.set(sharing, (browser = path.join(work, `public-${browsers.size}`)));
        await bundleBrowser({ root, id: manifest.id, kibanaVersion, to: browser });
      }
      const folder = path.join(work, kibanaVersion);
      await cp(server, path.join(folder, 'server'), { recursive: true });
      await cp(browser, path.join(folder, 'target', 'public'), { recursive: true });
      await cp(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
      await writeJson(path.join(folder, 'kibana.json'), { ...manifest, kibanaVersion });
      await writeJson(path.join(folder, 'package.json'), await packageOf(root, manifest.id, kibanaVersion));
      const file = path.join(to, `${manifest.id}-${manifest.version}_${kibanaVersion}.zip`);
      await zipFolder(folder, `kibana/${manifest.id}`, file);
      built.push({ kibanaVersion, file });
      onBuilt?.({ kibanaVersion, file });
    }
    return built;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function packageOf(root: string, name: string, kibanaVersion: string) {
  const { version, description, license } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Record<string, string>;
  return { name, version, description, license, private: true, main: 'server/index.js', kibana: { version: kibanaVersion } };
}

const writeJson = (file: string, value: object) => writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
