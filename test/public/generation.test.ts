import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import pino from 'pino';
import type { PluginJob } from '../../common';
import { startStandalone, type Host } from '../../standalone/host';
import { PluginHost } from '../server/support/plugin_host';
import { fillSignIns } from '../server/support/sign_ins';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { launchBrowser, openPage, type Scheme, type WatchedPage } from './browser';

/** Two models, and what a person sees of their work while it goes well and when it does not. */
describe('the generation page', () => {
  let elasticsearch: TestElasticsearch;
  let dataDir: string;
  let host: Host;
  let plugin: PluginHost;
  let browser: Browser;
  let watched: WatchedPage;
  let whole: string;
  /** Learned actions alone, a quarter of which `whole` has never seen. */
  let first: string;
  let cancelled: string;
  let failed: string;
  let completed: string;

  beforeAll(async () => {
    elasticsearch = await testElasticsearch();
    dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-generation-'));
    const { client, prefix } = elasticsearch;
    await fillSignIns(client, `${prefix}sign-ins`, 600, `${prefix}sign-ins`);
    await fillSignIns(client, `${prefix}locks`, 600, `${prefix}sign-ins`, { last: 'lock' });
    host = await startStandalone({ port: 0, elasticsearch: { url: elasticsearch.url }, dataDir, config: { node: { embedded: { dataDir: path.join(dataDir, 'node') } }, limits: { bulkBytes: 65_536 } }, logger: pino({ level: 'silent' }) });
    plugin = new PluginHost(host.url, host.close);
    const trained = async (name: string, index: string, fields?: string[]) =>
      (await plugin.run('/train', { source: { index }, options: { name, size: 'tiny', minutes: 5, max_steps: 60, holdout: 0.3, ...(fields && { fields }) } })).model_id!;
    first = await trained('Actions', `${prefix}locks`, ['event.action']);
    whole = await trained('Sign-ins', `${prefix}sign-ins`);
    browser = await launchBrowser();
    watched = await openPage(browser, host.url);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  const reaches = (wanted: string) => watched.page.waitForFunction((name) => document.querySelector('[data-test-subj="lyrebirdJobPanel"]')?.getAttribute('data-job-state') === name, wanted);

  it('lets a model of chosen fields write these first, and says what the other could not complete', async () => {
    const { subject, open } = watched;
    await open(`/generate?model=${first}`);
    await subject('lyrebirdGenerateForm').getByText('writes no others: event.action').waitFor();
    await open(`/generate?model=${whole}`);
    await subject('lyrebirdGenerateAdvanced').locator('button').first().click();
    await subject('lyrebirdGenerateCascade').selectOption(first);
    await subject('lyrebirdGenerateNewEntities').click();
    expect([await subject('lyrebirdGenerateCascade').isDisabled(), await subject('lyrebirdGenerateCascade').inputValue()]).toEqual([true, '']);
    await subject('lyrebirdGenerateForm').getByText('New entities are written by one model alone').waitFor();
    await subject('lyrebirdGenerateCascade').scrollIntoViewIfNeeded();
    await watched.screenshot('generation_alone');
    await subject('lyrebirdGenerateNewEntities').click();
    expect(await subject('lyrebirdGenerateCascade').inputValue()).toBe(first);
    await subject('lyrebirdGeneratePreview').click();
    await subject('lyrebirdPreviewLeftOut').waitFor();
    const [shown, leftOut] = await Promise.all(['lyrebirdPreviewCount', 'lyrebirdPreviewLeftOut'].map(async (name) => Number.parseInt((await subject(name).textContent())!)));
    expect(shown + leftOut).toBe(20);
    await watched.screenshot('generation_preview');

    await subject('lyrebirdGenerateCount').fill('300');
    await subject('lyrebirdGenerateWrite').click();
    await subject('lyrebirdWriteTarget').fill(`${elasticsearch.prefix}cascade`);
    await subject('lyrebirdWriteModal').getByText('Write 300 events').click();
    await reaches('completed');
    completed = new URL(watched.page.url()).searchParams.get('job')!;
    expect(await subject('lyrebirdGenerateLeftOut').textContent()).toMatch(/^\d+ events left out: nobody whom this model knows/);
    // Brought to where it can be seen, also when the focus is back on the button below.
    expect(await subject('lyrebirdJobPanel').evaluate((panel) => panel.getBoundingClientRect().top)).toBeGreaterThan(0);
    await watched.screenshot('generation_completed');
  }, 120_000);

  it('shows a job as it goes, stops, goes on and fails', async () => {
    const { subject, open } = watched;
    const target_index = `${elasticsearch.prefix}long`;
    cancelled = (await plugin.ask<PluginJob>('POST', '/generate', { model_id: whole, target_index, options: { count: 50_000 } })).body.id;
    await open(`/generate?job=${cancelled}`);
    await watched.page.waitForFunction(() => document.querySelector('[data-test-subj="lyrebirdCount-written"]')?.textContent !== '0');
    await watched.screenshot('generation_running');
    await subject('lyrebirdJobCancel').click();
    await reaches('cancelled');
    // Every event that was generated is accounted for.
    const [generated, ...settled] = await Promise.all(['generated', 'written', 'refused', 'duplicate'].map(async (name) => Number((await subject(`lyrebirdCount-${name}`).textContent())!.replaceAll(',', ''))));
    const said = (await subject('lyrebirdGenerateUnwritten').count()) > 0 ? Number.parseInt((await subject('lyrebirdGenerateUnwritten').textContent())!.replaceAll(',', '')) : 0;
    expect(settled.reduce((sum, count) => sum + count, said)).toBe(generated);
    await subject('lyrebirdJobResume').click();
    await reaches('running');
    // What was written before is there already.
    await watched.page.waitForFunction(() => document.querySelector('[data-test-subj="lyrebirdCount-duplicate"]')?.textContent !== '0');
    await watched.screenshot('generation_resumed');
    await subject('lyrebirdJobCancel').click();
    await reaches('cancelled');
    failed = (await plugin.run('/generate', { model_id: first, target_index, options: { count: 5, cascade: whole } })).id;
    await open(`/generate?job=${failed}`);
    await reaches('failed');
    expect(await subject('lyrebirdJobPanel').textContent()).toContain('no rest for a second model to write');
    expect(watched.errors).toEqual([]);
  }, 240_000);

  it.each<Scheme>(['light', 'dark'])('looks at them in %s', async (scheme) => {
    const looked = await openPage(browser, host.url, scheme);
    for (const [name, job] of [['completed', completed], ['cancelled', cancelled], ['failed', failed]]) {
      await looked.open(`/generate?model=${whole}&job=${job}`);
      await looked.subject('lyrebirdJobPanel').waitFor();
      await looked.screenshot(`generation_${name}`);
    }
    await looked.subject('lyrebirdGenerateAdvanced').locator('button').first().click();
    await looked.subject('lyrebirdGenerateCascade').selectOption(first);
    await looked.subject('lyrebirdGeneratePreview').click();
    await looked.subject('lyrebirdPreviewTable').waitFor();
    await looked.subject('lyrebirdGenerateCascade').scrollIntoViewIfNeeded();
    await looked.screenshot('generation_cascade');
    expect([looked.external, looked.errors]).toEqual([[], []]);
    await looked.page.context().close();
  }, 120_000);
});
