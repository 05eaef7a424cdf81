import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import pino from 'pino';
import { API_BASE, API_VERSION, ROUTES } from '../../common';
import { buildBundle } from '../../standalone/host/bundle';
import { startHost, type Host } from '../../standalone/host/host';
import type { ServerPluginModule } from '../../standalone/host/plugin';
import { launchBrowser, openPage } from './browser';

/** A server side that is out of order: the app has to say so, and to recover once it is well again. */
function outOfOrder(state: { well: boolean }): ServerPluginModule<object> {
  const status = { node: { reachable: false, url: 'http://127.0.0.1:9', devices: [], error: 'connect ECONNREFUSED' }, models: 0, running_jobs: 0, synthetic_events: 0, anomaly_records: 0 };
  const away = { message: 'Elasticsearch does not answer.', attributes: { code: 'LYREBIRD_ELASTICSEARCH_UNAVAILABLE', hint: 'Check that it runs.' } };
  return {
    config: { schema: { validate: () => ({}) } },
    plugin: () => ({
      setup: (core) => {
        const router = core.http.createRouter();
        const route = (path: string, body: object) =>
          router.versioned
            .get({ path: API_BASE + path, access: 'internal' })
            .addVersion({ version: API_VERSION, validate: { request: {} } }, (_context, _request, response) =>
              state.well ? response.ok({ body }) : response.customError({ statusCode: 500, body: away })
            );
        route(ROUTES.status, status);
        route(ROUTES.jobs, { jobs: [] });
        route(ROUTES.models, { models: [] });
        route(ROUTES.sources, { sources: [] });
        route(ROUTES.anomalies, { total: 0, records: [], timeline: [], entities: [] });
      },
      start: () => undefined,
    }),
  };
}

describe('the app in the standalone host', () => {
  const state = { well: false };
  let dataDir: string;
  let host: Host;
  let browser: Browser;

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-shell-'));
    const bundle = await buildBundle(dataDir);
    host = await startHost({ plugin: outOfOrder(state), bundle, elasticsearch: { url: 'http://127.0.0.1:1' }, port: 0, logger: pino({ level: 'silent' }) });
    browser = await launchBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await host?.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(() => {
    state.well = true;
  });

  it('finds the bundle that it has built', async () => {
    const builtAt = async () => (await stat(path.join((await buildBundle(dataDir)).folder, 'main.js'))).mtimeMs;
    expect(await builtAt()).toBe(await builtAt());
  });

  it('serves no file but the bundle’s', async () => {
    const { key } = await buildBundle(dataDir);
    for (const file of ['complete', '..%2f..%2fpackage.json', 'nothing.js']) {
      expect((await fetch(`${host.url}/bundles/${key}/${file}`)).status).toBe(404);
    }
    const main = await fetch(`${host.url}/bundles/${key}/main.js`);
    expect([main.status, main.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(main.headers.get('content-security-policy')).toMatch(/script-src 'self';/);
    const page = await fetch(`${host.url}/app/lyrebird/train`);
    expect(await page.text()).not.toMatch(/<script(?! type="module" src="\/bundles\/)/);
  });

  it('shows all pages to a newcomer, asks nothing of other hosts and violates no policy', async () => {
    const { page, errors, external, subject, open } = await openPage(browser, host.url);
    await open('');
    await subject('lyrebirdStepTrain').waitFor();
    expect(await page.title()).toBe('Overview - Lyrebird');
    expect(await subject('lyrebirdNodeAway').textContent()).toContain('connect ECONNREFUSED');

    await subject('lyrebirdStepTrain').click();
    await subject('lyrebirdTrainForm').waitFor();
    expect(page.url()).toBe(`${host.url}/app/lyrebird/train`);
    await subject('lyrebirdNav-generate').click();
    await subject('lyrebirdNoModels').waitFor();
    await subject('lyrebirdNav-report').click();
    await subject('lyrebirdNoModels').waitFor();
    await subject('lyrebirdNav-anomalies').click();
    await subject('lyrebirdNoModels').waitFor();
    for (let i = 0; i < 3; i++) await page.goBack();
    await subject('lyrebirdTrainForm').waitFor();
    // Icons come from the host: none is left empty.
    await page.waitForFunction(() => {
      const drawn = [...document.querySelectorAll('svg.euiIcon')].filter((icon) => icon.childElementCount > 0);
      return drawn.length > 3 && document.querySelector('svg[data-is-loading]') === null;
    });

    expect(external).toEqual([]);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  it('says what is missing before it sends anything', async () => {
    const { page, subject, open } = await openPage(browser, host.url);
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(request.url());
    });
    await open('/train');
    await subject('lyrebirdTrainStart').click();
    await page.getByText('Choose where the events come from.').waitFor();
    expect(sent).toEqual([]);
    await page.context().close();
  });

  it('says what the server said, with its hint, and recovers', async () => {
    state.well = false;
    const { page, subject, open } = await openPage(browser, host.url);
    await open('');
    expect(await subject('lyrebirdErrorMessage').first().textContent()).toBe('Elasticsearch does not answer.');
    expect(await subject('lyrebirdErrorHint').first().textContent()).toBe('Check that it runs.');
    state.well = true;
    await subject('lyrebirdErrorRetry').first().click();
    await subject('lyrebirdNodeAway').waitFor();
    expect(await subject('lyrebirdError').count()).toBe(0);
    await page.context().close();
  });

  it('follows the system’s colours until a person chooses, and remembers the choice', async () => {
    const { page, subject, open } = await openPage(browser, host.url, 'dark');
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
    await open('');
    await subject('lyrebirdStepTrain').waitFor();
    expect(await background()).toBe('dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.waitForFunction(() => document.documentElement.style.colorScheme === 'light');
    const theme = subject('standaloneThemeSwitch');
    await theme.click();
    await theme.click();
    expect(await background()).toBe('dark');
    await page.reload();
    await subject('lyrebirdStepTrain').waitFor();
    expect(await background()).toBe('dark');
    await page.context().close();
  });

  it('can be used with the keyboard, and on a small screen', async () => {
    const { page, subject, open } = await openPage(browser, host.url, 'light', { width: 480, height: 900 });
    await open('/train');
    await subject('lyrebirdTrainStart').waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await subject('lyrebirdTrainName').focus();
    await page.keyboard.press('Enter');
    await page.getByText('Choose where the events come from.').waitFor();
    await page.context().close();
  });
});
