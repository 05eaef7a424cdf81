import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';
import AdmZip from 'adm-zip';
import { bundleBrowser } from '../../packaging/browser_bundle';
import { buildPlugin } from '../../packaging/build_plugin';

const ROOT = path.join(__dirname, '..', '..');
/** What Kibana's parser of manifests knows (plugin_manifest_parser.ts); any other key stops Kibana. */
const KNOWN = ['id', 'version', 'kibanaVersion', 'type', 'configPath', 'requiredPlugins', 'optionalPlugins', 'requiredBundles', 'ui', 'server', 'owner', 'description'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lyrebird-packaging-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const entries = (file: string) => new Map(new AdmZip(file).getEntries().map((entry) => [entry.entryName, entry.getData().toString('utf8')]));
const json = (text: string | undefined) => JSON.parse(text!) as Record<string, unknown>;

describe('the zips', () => {
  let zips: Map<string, Map<string, string>>;
  beforeAll(async () => {
    const built = await buildPlugin({ root: ROOT, kibanaVersions: ['8.12.2', '9.2.1'], to: folder });
    zips = new Map(built.map(({ kibanaVersion, file }) => [kibanaVersion, entries(file)]));
  });

  it('are each stamped with their version, in a manifest that Kibana takes', () => {
    for (const [version, zip] of zips) {
      const manifest = json(zip.get('kibana/lyrebird/kibana.json'));
      expect(manifest).toMatchObject({ id: 'lyrebird', kibanaVersion: version, server: true, ui: true });
      expect(Object.keys(manifest).filter((key) => !KNOWN.includes(key))).toEqual([]);
      expect(json(zip.get('kibana/lyrebird/package.json'))).toMatchObject({ name: 'lyrebird', kibana: { version } });
    }
  });

  it('have a script for every page of Kibana that defines the plugin, and registers the app', () => {
    for (const zip of zips.values()) {
      const script = zip.get('kibana/lyrebird/target/public/lyrebird.plugin.js')!;
      // It is loaded with whatever page anybody opens.
      expect(script.length).toBeLessThan(20_000);
      const defined = new Map<string, (key: number) => { plugin(context: object): { setup(core: object, plugins: object): void } }>();
      runInNewContext(script, { window: { __kbnBundles__: { define: (id: string, load: never) => defined.set(id, load) }, __kbnPublicPath__: {}, __kbnSharedDeps__: { KbnI18n: { i18n: { translate: (_: string, { defaultMessage }: { defaultMessage: string }) => defaultMessage } } } } });
      const apps: Array<{ id: string }> = [];
      const core = { application: { register: (app: { id: string }) => apps.push(app) }, notifications: { toasts: {} }, getStartServices: () => Promise.resolve([{}, {}, {}]) };
      const items: Array<{ appName: string; label: string }> = [];
      defined.get('plugin/lyrebird/public')!(0).plugin({}).setup(core, { navigation: { registerMenuItem: (item: never) => items.push(item) } });
      expect(items).toMatchObject([{ appName: 'discover', label: 'Generate similar logs' }, { appName: 'discover', label: 'Score these logs' }]);
      expect(apps).toMatchObject([{ id: 'lyrebird' }]);
    }
  });

  it("take from Kibana what a page has one of, and bring none of it along", () => {
    for (const zip of zips.values()) {
      const app = zip.get('kibana/lyrebird/target/public/lyrebird.chunk.application.js')!;
      // Booleans: the bundle itself is no message to read.
      const shared = ['React', 'ReactDom', 'ElasticEui', 'ElasticCharts', 'EmotionReact', 'KbnI18n', 'Moment', 'ReactRouterDom'];
      expect(shared.filter((name) => !app.includes(`__kbnSharedDeps__.${name}`))).toEqual([]);
      // What React, EUI and Emotion have in their own code.
      expect(['react.production.min', '__SECRET_INTERNALS_DO_NOT_USE_OR_YOU_WILL_BE_FIRED={', 'euiHeaderSection__', 'registeredStyles['].filter((text) => app.includes(text))).toEqual([]);
    }
  });

  it("need of Node what it has, and of Kibana its schemas, on the server's side", () => {
    const server = zips.get('8.12.2')!.get('kibana/lyrebird/server/index.js')!;
    const required = new Set([...server.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name.replace(/^node:/, '')));
    expect([...required].filter((name) => !builtinModules.includes(name))).toEqual(['@kbn/config-schema']);
  });

  it('are the same when they are built again', async () => {
    const again = path.join(folder, 'again');
    const [{ file }] = await buildPlugin({ root: ROOT, kibanaVersions: ['8.12.2'], to: again });
    expect((await readFile(file)).equals(await readFile(path.join(folder, path.basename(file))))).toBe(true);
  });
});

describe('an import', () => {
  const bundled = async (source: string, kibanaVersion: string): Promise<void> => {
    const root = path.join(folder, 'other');
    await rm(root, { recursive: true, force: true });
    await mkdir(path.join(root, 'public'), { recursive: true });
    await writeFile(path.join(root, 'public', 'index.ts'), source);
    await writeFile(path.join(root, 'public', 'application.ts'), 'export {};');
    await bundleBrowser({ root, id: 'other', kibanaVersion, to: path.join(root, 'out') });
  };

  it.each([
    ["import { x } from '@kbn/unknown-plugin/public'; console.log(x);", '8.12.2', '"@kbn/unknown-plugin/public" is not shared by Kibana 8.12.2'],
    ["import { x } from '@elastic/eui/lib/services'; console.log(x);", '9.1.0', '"@elastic/eui/lib/services" is not shared by Kibana 9.1.0'],
    ["import { map } from 'rxjs/operators'; console.log(map);", '9.1.0', '"rxjs/operators" is not shared by Kibana 9.1.0'],
  ])('that this Kibana does not share fails by its name: %s', async (source, version, message) => {
    await expect(bundled(source, version)).rejects.toThrow(message);
  });

  it('that an older one shares is fine there', async () => {
    await expect(bundled("import { map } from 'rxjs/operators'; console.log(map);", '8.12.2')).resolves.toBeUndefined();
  });
});

describe('what cannot be built', () => {
  it.each([
    ['latest', '"latest" is no version of Kibana'],
    ['7.17.0', 'Kibana 7.17.0 is not supported'],
  ])('is said: %s', async (version, message) => {
    await expect(buildPlugin({ root: ROOT, kibanaVersions: [version], to: folder })).rejects.toThrow(message);
  });

  it('is a manifest with a key that Kibana does not know', async () => {
    const root = path.join(folder, 'manifest');
    await mkdir(root, { recursive: true });
    await cp(path.join(ROOT, 'package.json'), path.join(root, 'package.json'));
    await writeFile(path.join(root, 'kibana.jsonc'), '{ "id": "x", "version": "1", "owner": { "name": "x" }, "icon": "bird" } // ');
    await expect(buildPlugin({ root, kibanaVersions: ['8.12.2'], to: folder })).rejects.toThrow(/icon/);
  });
});
