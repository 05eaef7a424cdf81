import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import pino from 'pino';
import { startStandalone, type Host } from '../../standalone/host';
import { PluginHost } from '../server/support/plugin_host';
import { addSignIns, fillSignIns } from '../server/support/sign_ins';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { launchBrowser, openPage, type WatchedPage } from './browser';

/** Events are scored as they come in, and a person says which of them are none of his business. */
describe('a person who watches', () => {
  let elasticsearch: TestElasticsearch;
  let dataDir: string;
  let index: string;
  let host: Host;
  let browser: Browser;
  let watched: WatchedPage;
  let job: string;

  const add = (name: string, time: number, count = 12) =>
    addSignIns(elasticsearch.client, index, Array.from({ length: count }, (_, n) => ({ id: `${name}-${n}`, time: time + n * 1_000 })));

  beforeAll(async () => {
    elasticsearch = await testElasticsearch();
    dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-watching-'));
    index = `${elasticsearch.prefix}sign-ins`;
    await fillSignIns(elasticsearch.client, index, 400);
    host = await startStandalone({ port: 0, elasticsearch: { url: elasticsearch.url }, dataDir, config: { node: { embedded: { dataDir: path.join(dataDir, 'node') } } }, logger: pino({ level: 'silent' }) });
    const owner = new PluginHost(host.url, host.close);
    const trained = await owner.run('/train', { source: { index }, options: { name: 'Sign-ins', size: 'tiny', minutes: 5, max_steps: 10, holdout: 0.3 } });
    expect(trained).toMatchObject({ state: 'completed' });
    browser = await launchBrowser();
    watched = await openPage(browser, host.url);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  const shown = async (subject: string) => Number((await watched.subject(`lyrebirdCount-${subject}`).first().textContent())?.replace(/[^\d]/g, ''));
  const until = (subject: string, count: number) =>
    watched.page.waitForFunction(([name, wanted]) => document.querySelector(`[data-test-subj="lyrebirdCount-${name}"]`)?.textContent?.replace(/[^\d]/g, '') === String(wanted), [subject, count] as const);

  it('starts scoring in real time, and sees where it stands', async () => {
    const { subject, open, page } = watched;
    await open('/anomalies');
    await subject('lyrebirdScoreOpen').click();
    await subject('lyrebirdScoreThreshold').fill('0');
    await subject('lyrebirdDatafeedOn').click();
    await subject('lyrebirdDatafeed-frequency').fill('soon');
    await subject('lyrebirdScoreStart').click();
    // What is wrong is where the keyboard goes on.
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-test-subj') === 'lyrebirdDatafeed-frequency');
    await watched.screenshot('score_in_real_time');
    await subject('lyrebirdDatafeed-frequency').fill('1s');
    await subject('lyrebirdDatafeed-query_delay').fill('0s');
    await page.keyboard.press('Enter');
    await subject('lyrebirdScoreFlyout').waitFor({ state: 'detached' });
    job = new URL(page.url()).searchParams.get('job_id')!;
    // Others may score in the same cluster: the page's own job comes first.
    await page.locator(`[data-job-id="${job}"] [data-test-subj="lyrebirdDatafeed"][data-real-time="true"]`).waitFor();
    expect(await subject('lyrebirdDatafeedLook').first().textContent()).toMatch(/^Last look \d+ s ago.*; up to date$/);
    await until('read', 400);
    const now = Date.now();
    await add('new', now - 15_000);
    await until('read', 412);
    await add('late', now - 60_000, 5);
    await until('late', 5);
    expect(await shown('missed')).toBe(0);
    // What was found is there without being asked for.
    await page.waitForFunction(() => document.querySelector('[data-test-subj="lyrebirdRecordsTotal"]')?.textContent?.startsWith('417'));
  }, 180_000);

  it('says what is none of his business, sees it go, and takes that back', async () => {
    const { subject, page } = watched;
    const total = async (count: number) =>
      page.waitForFunction((wanted) => document.querySelector('[data-test-subj="lyrebirdRecordsTotal"]')?.textContent?.replace(/[^\d]/g, '') === String(wanted), count);
    await subject('lyrebirdRecordOpen').first().click();
    await subject('lyrebirdAnomaly-not_an_anomaly').click();
    await subject('lyrebirdRuleModal').waitFor();
    await subject('lyrebirdRuleCount').waitFor();
    await watched.screenshot('not_an_anomaly');
    await page.keyboard.press('Escape');
    await subject('lyrebirdRuleModal').waitFor({ state: 'detached' });

    await subject('lyrebirdAnomaly-ignore').click();
    await page.waitForFunction(() => /\d+ are there now/.test(document.querySelector('[data-test-subj="lyrebirdRuleCount"]')?.textContent ?? ''));
    const hidden = Number((await subject('lyrebirdRuleCount').textContent())!.replace(/[^\d]/g, ''));
    expect(hidden).toBeGreaterThan(50);
    await subject('lyrebirdRuleWhy').fill('known to us');
    await watched.screenshot('ignore');
    await subject('lyrebirdRuleModal').locator('[data-test-subj="confirmModalConfirmButton"]').click();
    await subject('lyrebirdRuleModal').waitFor({ state: 'detached' });
    await subject('lyrebirdAnomalyHidden').waitFor();
    await page.keyboard.press('Escape');
    await total(417 - hidden);
    await subject('lyrebirdFilterIgnored').selectOption('only');
    await total(hidden);
    await subject('lyrebirdFilterClear').click();

    await subject('lyrebirdRulesOpen').click();
    await subject('lyrebirdRulesTable').waitFor();
    expect(await subject('lyrebirdRulesTable').textContent()).toContain('known to us');
    await watched.screenshot('rules');
    await subject('lyrebirdRuleUndo').first().click();
    await subject('lyrebirdNoRules').waitFor();
    await page.keyboard.press('Escape');
    await total(417);
  }, 120_000);

  it('sees the same in the dark, and stops it', async () => {
    const dark = await openPage(browser, host.url, 'dark');
    await dark.open(`/anomalies?job_id=${job}`);
    await dark.subject('lyrebirdTimeline').waitFor();
    await dark.screenshot('real_time');
    await dark.subject('lyrebirdRecordOpen').first().click();
    await dark.subject('lyrebirdAnomaly-ignore').click();
    await dark.subject('lyrebirdRuleCount').waitFor();
    await dark.screenshot('ignore');
    await watched.page.mouse.move(0, 0);
    await watched.screenshot('real_time');
    await watched.subject('lyrebirdJobCancel').first().click();
    await watched.page.locator(`[data-job-id="${job}"][data-job-state="cancelled"]`).waitFor();
    expect([...watched.errors, ...dark.errors]).toEqual([]);
  }, 120_000);
});
