import http from 'node:http';
import { PassThrough } from 'node:stream';
import pino from 'pino';
import type { CoreSetup, Logger, ValidationFunction } from '../../server/kibana';
import { startHost, type Host } from '../../standalone/host/host';
import type { ServerPluginModule } from '../../standalone/host/plugin';

interface Config {
  greeting: string;
  secret: string;
}

/** What the plugin under the host saw, for assertions on its life cycle and on aborted requests. */
interface Seen {
  calls: string[];
  aborted: number;
  destroyed: number;
}

const record: ValidationFunction<Record<string, unknown>> = (value, { ok, badRequest }) =>
  typeof value === 'object' && value !== null ? ok(value as Record<string, unknown>) : badRequest('expected an object');

const greetBody: ValidationFunction<{ name: string }> = (value, { ok, badRequest }) => {
  const name = (value as { name?: unknown } | null)?.name;
  return typeof name === 'string' ? ok({ name }) : badRequest(new Error('[name]: expected a string'));
};

function testPlugin(seen: Seen): ServerPluginModule<Config> {
  return {
    config: {
      schema: {
        validate: (value) => {
          const { greeting = 'hello', ...rest } = value as { greeting?: unknown };
          if (typeof greeting !== 'string') throw new Error('[config.greeting]: expected a string');
          if (Object.keys(rest).length > 0) throw new Error(`[config.${Object.keys(rest)[0]}]: unknown key`);
          return { greeting, secret: 'kept on the server' };
        },
      },
      exposeToBrowser: { greeting: true },
    },
    plugin: async ({ config, logger }) => ({
      setup: (core) => {
        seen.calls.push('setup');
        register(core, config.get(), logger, seen);
      },
      start: async (core) => {
        seen.calls.push(core.elasticsearch.client.asInternalUser ? 'start' : 'start without a client');
      },
      stop: () => void seen.calls.push('stop'),
    }),
  };
}

function register(core: CoreSetup, config: Config, logger: Logger, seen: Seen): void {
  const router = core.http.createRouter();
  router.versioned.post({ path: '/internal/test/greet/{id}', access: 'internal', options: { body: { maxBytes: 200 } } }).addVersion(
    { version: '1', validate: { request: { params: record, query: record, body: greetBody } } },
    async (context, request, response) => {
      const { elasticsearch } = await context.core;
      return response.ok({
        body: { text: `${config.greeting} ${request.body.name}`, id: request.params.id, q: request.query.q, same: elasticsearch.client.asCurrentUser === elasticsearch.client.asInternalUser },
        headers: { 'x-greeting': 'yes' },
      });
    }
  );
  router.versioned
    .get({ path: '/api/test/version', access: 'public' })
    .addVersion({ version: '2023-10-31', validate: { request: {} } }, (_context, _request, response) => response.ok({ body: { version: 'old' } }))
    .addVersion({ version: '2024-10-31', validate: { request: {} } }, (_context, request, response) =>
      response.accepted({ body: { version: 'new', params: request.params } })
    );
  router.versioned.get({ path: '/internal/test/fail', access: 'internal' }).addVersion({ version: '1', validate: { request: {} } }, () => {
    throw new Error('a secret detail');
  });
  router.versioned.delete({ path: '/internal/test/thing/{id}', access: 'internal' }).addVersion(
    { version: '1', validate: { request: {} } },
    (_context, _request, response) =>
      response.customError({ statusCode: 422, body: { message: 'Not this thing.', attributes: { code: 'THING', hint: 'Take another.' } } })
  );
  router.versioned.get({ path: '/internal/test/stream', access: 'internal' }).addVersion({ version: '1', validate: { request: {} } }, (_context, request, response) => {
    const body = new PassThrough();
    let sent = 0;
    const timer = setInterval(() => body.write(`data: ${sent++}\n\n`), 20);
    body.on('close', () => {
      clearInterval(timer);
      seen.destroyed += 1;
    });
    request.events.aborted$.subscribe(() => {
      seen.aborted += 1;
      logger.debug('aborted');
    });
    return response.ok({ body, headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' } });
  });
}

const XSRF = { 'kbn-xsrf': 'true', 'elastic-api-version': '1' };
const JSON_XSRF = { ...XSRF, 'content-type': 'application/json' };

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('standalone host', () => {
  const seen: Seen = { calls: [], aborted: 0, destroyed: 0 };
  const options = { plugin: testPlugin(seen), elasticsearch: { url: 'http://127.0.0.1:1' }, port: 0, logger: pino({ level: 'silent' }) };
  let host: Host;
  beforeAll(async () => {
    host = await startHost({ ...options, config: { greeting: 'good day' } });
  });
  afterAll(() => host.close());

  const call = (path: string, init?: RequestInit) => fetch(host.url + path, init);
  const greet = (init: RequestInit) => call('/internal/test/greet/a%20b?q=7', { method: 'POST', headers: JSON_XSRF, body: '{"name":"Ada"}', ...init });

  it('passes params, query, body and configuration to the handler, and its headers to the client', async () => {
    const response = await greet({});
    expect(response.status).toBe(200);
    expect(response.headers.get('x-greeting')).toBe('yes');
    expect(response.headers.get('elastic-api-version')).toBe('1');
    expect(await response.json()).toEqual({ text: 'good day Ada', id: 'a b', q: '7', same: true });
  });

  it('answers what a validation function refuses with 400 and the part that was wrong', async () => {
    const response = await greet({ body: '{"name":5}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ statusCode: 400, error: 'Bad Request', message: '[request body]: [name]: expected a string' });
  });

  it('answers malformed JSON with 400, a body over the limit with 413, another content type with 415', async () => {
    expect((await greet({ body: '{"name":' })).status).toBe(400);
    const large = await greet({ body: JSON.stringify({ name: 'x'.repeat(300) }) });
    expect([large.status, await large.json()]).toEqual([413, expect.objectContaining({ statusCode: 413 })]);
    expect((await greet({ headers: { ...XSRF, 'content-type': 'text/plain' } })).status).toBe(415);
  });

  it('refuses a change without the kbn-xsrf header', async () => {
    const response = await greet({ headers: { 'content-type': 'application/json', 'elastic-api-version': '1' } });
    expect([response.status, (await response.json()).message]).toEqual([400, 'Request must contain a kbn-xsrf header.']);
  });

  it('asks for a version on internal routes, and names those there are', async () => {
    const none = await greet({ headers: { 'content-type': 'application/json', 'kbn-xsrf': 'true' } });
    expect([none.status, (await none.json()).message]).toEqual([400, 'Please specify a version via elastic-api-version header. Available versions: [1]']);
    const wrong = await greet({ headers: { ...JSON_XSRF, 'elastic-api-version': '9' } });
    expect((await wrong.json()).message).toBe('No version "9" available for [post] [/internal/test/greet/{id}]. Available versions are: 1');
  });

  it('defaults public routes to their oldest version, and passes no params without a schema for them', async () => {
    expect(await (await call('/api/test/version')).json()).toEqual({ version: 'old' });
    const asked = await call('/api/test/version', { headers: { 'elastic-api-version': '2024-10-31' } });
    expect([asked.status, await asked.json()]).toEqual([202, { version: 'new', params: {} }]);
  });

  it('shapes custom errors as Kibana does, and hides what a handler throws', async () => {
    const custom = await call('/internal/test/thing/1', { method: 'DELETE', headers: XSRF });
    expect([custom.status, await custom.json()]).toEqual([
      422,
      { statusCode: 422, error: 'Unprocessable Entity', message: 'Not this thing.', attributes: { code: 'THING', hint: 'Take another.' } },
    ]);
    const thrown = await call('/internal/test/fail', { headers: XSRF });
    const text = await thrown.text();
    expect(thrown.status).toBe(500);
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toMatchObject({ statusCode: 500, error: 'Internal Server Error' });
  });

  it('answers an unknown path with Kibana’s 404', async () => {
    const response = await call('/internal/test/nothing');
    expect([response.status, await response.json()]).toEqual([404, { statusCode: 404, error: 'Not Found', message: 'Not Found' }]);
  });

  it('streams events as they happen, and ends the source when the client leaves', async () => {
    const controller = new AbortController();
    const response = await call('/internal/test/stream', { headers: XSRF, signal: controller.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('data: 2')) text += (await reader.read()).value ?? '';
    expect(text).toContain('data: 0\n\ndata: 1\n\n');
    expect(seen.aborted).toBe(0);
    controller.abort();
    await until(() => seen.aborted === 1 && seen.destroyed === 1);
    expect([seen.aborted, seen.destroyed]).toEqual([1, 1]);
  });

  it('lets the person do what the role grants of the features that the plugin registers', async () => {
    const called = async (role: 'all' | 'read' | undefined) => {
      const feature = {
        id: 'test',
        privileges: { all: { api: ['test-look', 'test-change'], ui: ['look', 'change'] }, read: { api: ['test-look'], ui: ['look'] } },
        subFeatures: [{ privilegeGroups: [{ privileges: [{ includeIn: 'none', api: ['test-extra'], ui: ['extra'] }] }] }],
      };
      const guarded: ServerPluginModule<Config> = {
        ...options.plugin,
        plugin: () => ({
          setup: (core, { features }) => {
            features!.registerKibanaFeature(feature);
            for (const privilege of ['test-look', 'test-change', 'test-extra', 'of-no-feature']) {
              core.http
                .createRouter()
                .versioned.get({ path: `/internal/test/${privilege}`, access: 'internal', security: { authz: { requiredPrivileges: [privilege] } } })
                .addVersion({ version: '1', validate: { request: {} } }, (_context, _request, response) => response.ok({ body: {} }));
            }
          },
          start: () => undefined,
        }),
      };
      const own = await startHost({ ...options, plugin: guarded, role });
      const answers = await Promise.all(['test-look', 'test-change', 'test-extra', 'of-no-feature'].map((name) => fetch(`${own.url}/internal/test/${name}`, { headers: XSRF })));
      const refused = (await Promise.all(answers.filter(({ status }) => status === 403).map((answer) => answer.json()))).map(({ message }) => message);
      await own.close();
      return { statuses: answers.map(({ status }) => status), refused };
    };
    expect((await called('read')).statuses).toEqual([200, 403, 403, 200]);
    expect(await called('all')).toEqual({
      statuses: [200, 200, 403, 200],
      refused: ['API [GET /internal/test/test-extra] is unauthorized for user, this action is granted by the Kibana privileges [test-extra]'],
    });
    expect((await called(undefined)).statuses).toEqual([200, 200, 403, 200]);
  });

  it('turns away a name that was rebound to loopback', async () => {
    const { port } = new URL(host.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      http
        .get({ host: '127.0.0.1', port, path: '/api/test/version', headers: { host: `evil.example:${port}` } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .on('error', reject);
    });
    expect(status).toBe(403);
  });

  it('listens on loopback only', async () => {
    await expect(startHost({ ...options, host: '0.0.0.0' })).rejects.toThrow(/loopback only/);
  });

  it('refuses a configuration that the plugin’s schema refuses', async () => {
    await expect(startHost({ ...options, config: { greting: 'x' } })).rejects.toThrow('[config.greting]: unknown key');
  });

  it('stops the plugin and ends open streams when it closes, and names the port that is taken', async () => {
    const mine: Seen = { calls: [], aborted: 0, destroyed: 0 };
    const second = await startHost({ ...options, plugin: testPlugin(mine) });
    const port = Number(new URL(second.url).port);
    await expect(startHost({ ...options, plugin: testPlugin({ calls: [], aborted: 0, destroyed: 0 }), port })).rejects.toThrow(String(port));
    const response = await fetch(`${second.url}/internal/test/stream`, { headers: XSRF });
    const reading = response.text().catch(() => 'cut');
    await second.close();
    expect(await reading).toBe('cut');
    await until(() => mine.destroyed === 1);
    expect(mine).toEqual({ calls: ['setup', 'start', 'stop'], aborted: 1, destroyed: 1 });
  });
});
