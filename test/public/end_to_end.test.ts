import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import type { Browser } from 'playwright-core';
import pino from 'pino';
import { loadSample, type LoadResult } from '../../simulator';
import { startStandalone, type Host } from '../../standalone/host';
import { testElasticsearch } from '../support/elasticsearch';
import { launchBrowser, openPage, type Scheme, type WatchedPage } from './browser';

/** The whole main job by hand, on real parts: Elasticsearch, sample logs, model node, plugin, browser. */
describe('a person with the app', () => {
  const namespace = `e2e${process.pid}`;
  const source = `logs-*-${namespace}`;
  const name = `Sample organisation ${process.pid}`;
  let dataDir: string;
  let client: Client;
  let sample: LoadResult;
  let host: Host;
  let browser: Browser;
  let watched: WatchedPage;

  beforeAll(async () => {
    const elasticsearch = await testElasticsearch();
    client = elasticsearch.client;
    dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-e2e-'));
    sample = await loadSample(client, { users: 12, days: 14, end: new Date('2026-03-02T00:00:00Z') }, { namespace });
    host = await startStandalone({
      port: 0,
      elasticsearch: { url: elasticsearch.url },
      dataDir,
      config: { node: { embedded: { dataDir: path.join(dataDir, 'node') } } },
      logger: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    });
    browser = await launchBrowser();
    watched = await openPage(browser, host.url);
  }, 600_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    await client?.close();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  const count = async (subject: string) => Number((await watched.subject(`lyrebirdCount-${subject}`).first().textContent())?.replace(/[^\d]/g, ''));
  const finished = async (timeout: number) => {
    const { page } = watched;
    await page.waitForFunction(
      () => ['completed', 'failed'].includes(document.querySelector('[data-test-subj="lyrebirdJobPanel"]')?.getAttribute('data-job-state') ?? ''),
      undefined,
      { timeout }
    );
    const panel = watched.subject('lyrebirdJobPanel').first();
    // The panel's text says why, should it have failed.
    expect([await panel.getAttribute('data-job-state'), await panel.textContent()]).toEqual(['completed', expect.any(String)]);
  };
  const pick = async (comboBox: string, value: string) => {
    await watched.subject(comboBox).locator('input').fill(value);
    await watched.page.keyboard.press('Enter');
  };

  it('trains a model and watches it learn', async () => {
    const { page, subject, open } = watched;
    await open('');
    await subject('lyrebirdNodeReady').waitFor({ timeout: 60_000 });
    await subject('lyrebirdStepTrain').click();

    await pick('lyrebirdSourceIndex', source);
    await subject('lyrebirdSourceEstimate').waitFor();
    expect(await subject('lyrebirdSourceEstimate').textContent()).toMatch(/2026-02-1\d to 2026-03-0/);
    await pick('lyrebirdTrainEntityFields', 'user.name');
    await subject('lyrebirdTrainName').fill(name);
    await subject('lyrebirdTrainSize').click();
    await subject('lyrebirdTrainSize-tiny').click();
    await subject('lyrebirdTrainMinutes').fill('0.3');
    await subject('lyrebirdTrainStart').click();

    await subject('lyrebirdJobPanel').waitFor();
    expect(page.url()).toMatch(/\/app\/lyrebird\/train\?job=/);
    await finished(400_000);
    await subject('lyrebirdTrainDone').waitFor();
    expect(await count('read')).toBe(sample.events);
    expect(Number(await subject('lyrebirdLossChart').first().getAttribute('data-points'))).toBeGreaterThan(1);

    await page.reload();
    await subject('lyrebirdTrainDone').waitFor();
    await subject('lyrebirdTrainToCard').click();
    const card = subject('lyrebirdModelFlyout');
    await card.waitFor();
    for (const text of [name, 'azure.signinlogs', 'aws.cloudtrail', 'Tokens per event']) expect(await card.textContent()).toContain(text);
    await subject('lyrebirdModelTab-fields').click();
    await subject('lyrebirdModelFieldSearch').pressSequentially('source.ip');
    await card.getByText('source.ip', { exact: true }).first().waitFor();
    expect(await card.textContent()).not.toContain('user_agent');
    await page.keyboard.press('Escape');
    await card.waitFor({ state: 'detached' });
  }, 600_000);

  it('sees events of the model, and writes them to an index', async () => {
    const { page, subject, open } = watched;
    const target = `lyrebird-synthetic-${namespace}`;
    await open('/generate');
    await subject('lyrebirdGenerateForm').waitFor();
    await subject('lyrebirdGenerateCount').fill('200');
    await subject('lyrebirdGenerateLogTypes').locator('input').fill('aws.cloudtrail');
    await page.keyboard.press('Enter');
    await subject('lyrebirdGeneratePreview').click();
    await subject('lyrebirdPreviewTable').waitFor({ timeout: 60_000 });
    expect(await subject('lyrebirdPreviewCount').textContent()).toMatch(/^20 events/);
    await subject('lyrebirdPreviewExpand-0').click();
    expect(JSON.parse((await subject('lyrebirdPreviewTable').locator('pre code').textContent()) ?? '')).toMatchObject({ event: { dataset: 'aws.cloudtrail' } });
    await watched.screenshot('generate');

    await subject('lyrebirdGenerateWrite').click();
    await subject('lyrebirdWriteTarget').fill(target);
    await subject('lyrebirdWriteModal').getByText('Write 200 events').click();
    await finished(300_000);
    expect([await count('generated'), await count('written'), await count('refused')]).toEqual([200, 200, 0]);
    await client.indices.refresh({ index: target });
    expect((await client.count({ index: target, query: { term: { 'lyrebird.synthetic': true } } })).count).toBe(200);
  }, 600_000);

  it('scores events and reads why one stands out', async () => {
    const { page, subject, open } = watched;
    await open('/anomalies');
    await subject('lyrebirdScoreOpen').click();
    await subject('lyrebirdScoreFlyout').waitFor();
    await subject('lyrebirdScoreThreshold').fill('90');
    await subject('lyrebirdScoreStart').click();
    await subject('lyrebirdScoreFlyout').waitFor({ state: 'detached' });
    await finished(400_000);
    expect(await count('scored')).toBe(sample.events);
    const kept = await count('records');
    expect(kept).toBeGreaterThan(0);

    await subject('lyrebirdTimeline').waitFor();
    await page.waitForFunction((total) => document.querySelector('[data-test-subj="lyrebirdRecordsTotal"]')?.textContent?.replace(/[^\d]/g, '') === String(total), kept);
    await subject('lyrebirdFilterScore').selectOption('99');
    await page.waitForURL(/min_score=99/);
    // A model that trained for seconds may find nothing this rare.
    await subject('lyrebirdFilterClear').click();
    await subject('lyrebirdTopEntity').first().click();
    await page.waitForURL(/entity=/);
    await subject('lyrebirdFilterClear').click();
    await subject('lyrebirdRecordOpen').first().click();
    const flyout = subject('lyrebirdAnomalyFlyout');
    await subject('lyrebirdAnomalySentence').first().waitFor();
    expect(await subject('lyrebirdAnomalySentence').first().textContent()).toMatch(/ (is|does not fit|fit together)\b.+\.$/);
    await subject('lyrebirdFieldBars').waitFor();
    expect(JSON.parse((await subject('lyrebirdAnomalyRaw').textContent()) ?? '')).toHaveProperty('@timestamp');
    const address = page.url();
    await page.reload();
    await flyout.waitFor();
    expect(page.url()).toBe(address);
  }, 600_000);

  it.each<Scheme>(['light', 'dark'])('looks at every page in %s', async (scheme) => {
    const looked = await openPage(browser, host.url, scheme);
    const pages: Array<[name: string, path: string, ready: string]> = [
      ['overview', '', 'lyrebirdOverviewAnomaly'],
      ['train', '/train', 'lyrebirdModelsTable'],
      ['generate', '/generate', 'lyrebirdGenerateForm'],
      ['anomalies', '/anomalies', 'lyrebirdTimeline'],
    ];
    for (const [shot, at, ready] of pages) {
      await looked.open(at);
      await looked.subject(ready).first().waitFor();
      await looked.screenshot(shot);
    }
    await looked.subject('lyrebirdRecordOpen').first().click();
    await looked.subject('lyrebirdAnomalySentence').first().waitFor();
    await looked.screenshot('anomaly');
    await looked.open('/train');
    await looked.page.locator('[data-test-subj^="lyrebirdModelOpen-"]').first().click();
    await looked.subject('lyrebirdModelFlyout').waitFor();
    await looked.screenshot('model');
    expect([looked.external, looked.errors]).toEqual([[], []]);
    await looked.page.context().close();
  }, 120_000);

  it('deletes the model, having asked', async () => {
    const { subject, open } = watched;
    await open('/train');
    await subject('euiCollapsedItemActionsButton').first().click();
    await subject('lyrebirdModelDelete').first().click();
    await subject('lyrebirdDeleteModel').getByText('Delete the model').click();
    await subject('lyrebirdModelsTable').getByText('No model yet').waitFor();
  }, 60_000);

  it('left no error on the console and asked nothing of other hosts', () => {
    expect([watched.external, watched.errors]).toEqual([[], []]);
  });
});
