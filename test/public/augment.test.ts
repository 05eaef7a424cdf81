import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import type { Browser } from 'playwright-core';
import pino from 'pino';
import type { ModelCard } from '../../common';
import { startStandalone, type Host } from '../../standalone/host';
import { PluginHost } from '../server/support/plugin_host';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { launchBrowser, openPage, type Scheme, type WatchedPage } from './browser';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5);
/** What came before is learned from, what comes after judges. */
const SPLIT = START + 100 * HOUR;
const END = SPLIT + 40 * HOUR;
const NEWCOMER = 'nia';

/** Nine people of three departments, at work every other hour, each at a desk of their own; and one who began ten hours before the split. */
async function fillOffice(client: Client, index: string): Promise<void> {
  const keyword = { type: 'keyword' } as const;
  await client.indices.create({
    index,
    mappings: { properties: { '@timestamp': { type: 'date' }, event: { properties: { dataset: keyword, action: keyword } }, user: { properties: { name: keyword, department: keyword } }, host: { properties: { name: keyword } }, threat: { properties: { technique: { properties: { id: keyword } } } } } },
  });
  const people = [...Array.from({ length: 9 }, (_, n) => ({ name: `user${n}`, department: ['sales', 'legal', 'research'][n % 3], from: START })), { name: NEWCOMER, department: 'sales', from: SPLIT - 10 * HOUR }];
  const operations = people.flatMap(({ name, department, from }, n) =>
    Array.from({ length: (END - START) / HOUR }, (_, hour) => START + hour * HOUR + n * 60_000)
      .filter((time) => time >= from)
      .flatMap((time, i) => [
        { create: { _index: index, _id: `${name}-${i}` } },
        {
          '@timestamp': new Date(time).toISOString(),
          event: { dataset: 'office', action: ['read', 'write', 'print'][(i * (n + 3)) % 3] },
          user: { name, department },
          host: { name: `desk-${name}` },
          ...(name === 'user1' && time > END - 3 * HOUR && { threat: { technique: { id: 'T1530' } } }),
        },
      ])
  );
  const { errors } = await client.bulk({ operations, refresh: true });
  if (errors) throw new Error('the events could not be indexed');
}

describe('fewer false positives for newcomers', () => {
  let elasticsearch: TestElasticsearch;
  let dataDir: string;
  let host: Host;
  let owner: PluginHost;
  let browser: Browser;
  let watched: WatchedPage;
  let model: string;

  beforeAll(async () => {
    elasticsearch = await testElasticsearch();
    dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-augment-app-'));
    const index = `${elasticsearch.prefix}office`;
    await fillOffice(elasticsearch.client, index);
    host = await startStandalone({ port: 0, elasticsearch: { url: elasticsearch.url }, dataDir, config: { node: { embedded: { dataDir: path.join(dataDir, 'node') } } }, logger: pino({ level: 'silent' }) });
    owner = new PluginHost(host.url, host.close);
    const source = { index, from: new Date(START).toISOString(), to: new Date(SPLIT).toISOString() };
    model = (await owner.run('/train', { source, options: { name: 'Office', size: 'tiny', minutes: 5, max_steps: 80 } })).model_id!;
    browser = await launchBrowser();
    watched = await openPage(browser, host.url);
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  it('trains a copy with events written for whoever has little history, and shows what both report', async () => {
    const { page, subject, open, errors, screenshot } = watched;
    await open(`/train?model=${model}`);
    await subject('lyrebirdModelAugment').click();
    const flyout = subject('lyrebirdAugmentFlyout');
    await flyout.waitFor();
    await subject('lyrebirdAugmentMinutes').fill('0.02');
    await screenshot('augment_form');
    await subject('lyrebirdAugmentStart').click();
    await flyout.waitFor({ state: 'detached' });
    await subject('lyrebirdTrainDone').waitFor({ timeout: 200_000 });
    expect(await subject('lyrebirdTrainStages').textContent()).toContain('Before and after');
    await subject('lyrebirdTrainToCard').click();
    await subject('lyrebirdAugmentComparison').waitFor();
    await subject('lyrebirdAugmentComparison').scrollIntoViewIfNeeded();
    await screenshot('augment_card');
    const card = subject('lyrebirdModelFlyout');
    expect(await card.textContent()).toMatch(/Augmented from.*Office/);
    const { body } = await owner.ask<{ models: ModelCard[] }>('GET', '/models');
    const { augment } = body.models.find(({ augment: made }) => made !== undefined)!;
    expect(augment).toMatchObject({ base: { id: model }, chosen: 1, entities: [{ name: NEWCOMER, events: 10, peers: expect.arrayContaining(['user0', 'user3', 'user6']) }], comparison: { all: { attack_events: 3 }, chosen: { normal: 40 } } });
    expect(await subject('lyrebirdAugmentComparison').locator('tbody').textContent()).toContain(`of ${augment!.comparison!.chosen.normal}`);
    expect(page.url()).toContain('model=');
    expect(errors).toEqual([]);
  }, 300_000);

  it.each<Scheme>(['dark'])('is legible in %s', async (scheme) => {
    const page = await openPage(browser, host.url, scheme);
    await page.open(`/train?model=${model}`);
    await page.subject('lyrebirdModelAugment').click();
    await page.subject('lyrebirdAugmentFlyout').waitFor();
    await page.screenshot('augment_form');
    expect(await page.subject('lyrebirdAugmentName').inputValue()).toBe('Office, augmented');
    expect(page.errors).toEqual([]);
  }, 60_000);

  it('refuses who is not there, when the job looks for them', async () => {
    const source = { index: `${elasticsearch.prefix}office` };
    const job = await owner.run('/augment', { base_model_id: model, source, options: { entities: ['nobody'], max_steps: 1 } });
    expect(job).toMatchObject({ type: 'augment', state: 'failed', error: { code: 'LYREBIRD_UNKNOWN_ENTITY' } });
    expect((await owner.ask('POST', '/augment', { base_model_id: 'none', source, options: {} })).status).toBe(404);
  }, 120_000);
});
