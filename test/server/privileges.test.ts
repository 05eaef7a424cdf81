import pino from 'pino';
import { API_BASE, ROUTES } from '../../common';
import * as lyrebird from '../../server';
import { KIBANA_FEATURE, PRIVILEGES } from '../../server/features';
import type { IRouter, VersionedRouteConfig } from '../../server/kibana';
import { kibanaLogger } from '../../standalone/host/logger';

/** What Kibana is told of each route, `METHOD /path`. */
async function routes(): Promise<Map<string, VersionedRouteConfig>> {
  const found = new Map<string, VersionedRouteConfig>();
  const on = (method: string) => (config: VersionedRouteConfig) => {
    found.set(`${method} ${config.path.slice(API_BASE.length)}`, config);
    const route = { addVersion: () => route };
    return route;
  };
  const router: IRouter = { versioned: { get: on('get'), post: on('post'), put: on('put'), delete: on('delete') } };
  const config = lyrebird.config.schema.validate({});
  const plugin = lyrebird.plugin({ config: { get: () => config }, logger: kibanaLogger(pino({ level: 'silent' }), []), env: { packageInfo: { version: '9.3.0' } } });
  plugin.setup({ http: { createRouter: () => router } }, {});
  return found;
}

test('every route asks for privileges, in the words of old and of new Kibanas', async () => {
  const all = await routes();
  expect([...new Set([...all.values()].map(({ path }) => path.slice(API_BASE.length)))].sort()).toEqual(Object.values(ROUTES).sort());
  for (const { security, options } of all.values()) {
    const asked = security!.authz.requiredPrivileges;
    expect(asked.length).toBeGreaterThan(0);
    for (const privilege of asked) expect(Object.values(PRIVILEGES)).toContain(privilege);
    expect(options!.tags).toEqual(asked.map((name) => `access:${name}`));
  }
});

test('whatever gives identifiers back asks for the privilege to', async () => {
  const revealing = [...(await routes())].filter(([, { security }]) => security!.authz.requiredPrivileges.includes(PRIVILEGES.reveal)).map(([name]) => name);
  expect(revealing.sort()).toEqual([ROUTES.reveal, ROUTES.revealedGenerate, ROUTES.revealedJobResume, ROUTES.revealedPreview].map((path) => `post ${path}`).sort());
});

test('the app is told of every privilege under its short name, and a reader has but one', () => {
  const { privileges, subFeatures } = KIBANA_FEATURE;
  const all = [privileges.all, ...subFeatures.flatMap(({ privilegeGroups }) => privilegeGroups.flatMap((group) => group.privileges))];
  for (const { api, ui } of [privileges.read, ...all]) expect(ui).toEqual(api.map((name) => name.replace(/^lyrebird-/, '')));
  expect(privileges.read).toMatchObject({ api: [PRIVILEGES.read], ui: ['read'] });
});

test('an administrator grants all, or reading and any of the others', () => {
  const { privileges, subFeatures } = KIBANA_FEATURE;
  expect(privileges.all.api).toEqual([PRIVILEGES.read]);
  const others = subFeatures.flatMap(({ privilegeGroups }) => privilegeGroups.flatMap((group) => group.privileges));
  expect(others.map(({ includeIn }) => includeIn)).toEqual(others.map(() => 'all'));
  expect(others.flatMap(({ api }) => api).sort()).toEqual(Object.values(PRIVILEGES).filter((name) => name !== PRIVILEGES.read).sort());
});
