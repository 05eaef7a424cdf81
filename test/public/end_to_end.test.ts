import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@elastic/elasticsearch';
import type { Browser } from 'playwright-core';
import pino from 'pino';
import { API_BASE, API_VERSION, ROUTES, SYNTHETIC_INDEX_PREFIX, pluginJobSchema, reportSchema, startTrainSchema, type PluginJob } from '../../common';
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
  /** Model that has a report. */
  let reported: string;

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
  /** The job that the address names, as the plugin tells of it. */
  const jobShown = async (): Promise<PluginJob> => {
    const id = new URL(watched.page.url()).searchParams.get('job');
    const answer = await fetch(`${host.url}${API_BASE}${ROUTES.jobs}/${id}`, { headers: { 'elastic-api-version': API_VERSION, 'x-elastic-internal-origin': 'Kibana' } });
    return pluginJobSchema.parse(await answer.json());
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
    await page.waitForURL(/\/app\/lyrebird\/train\?job=/);
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
    // An entity's risk over time, and what it did when that was highest; by keyboard, too.
    await subject('lyrebirdRiskChart').waitFor();
    expect(Number(await subject('lyrebirdRiskChart').getAttribute('data-buckets'))).toBeGreaterThan(1);
    await subject('lyrebirdRiskBucket').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/from=.+to=/);
    const [from, to] = ['from', 'to'].map((end) => Date.parse(new URL(page.url()).searchParams.get(end) ?? ''));
    expect(to - from).toBe(3_600_000);
    await subject('lyrebirdEntityLeave').click();
    await subject('lyrebirdTimeline').waitFor();
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

  it('makes a report, looks at its plots and at the figures behind them, and saves it', async () => {
    const { page, subject, open } = watched;
    await open('/report');
    await subject('lyrebirdReportFirst').click();
    await subject('lyrebirdEvaluateMaxEvents').fill('400');
    await subject('lyrebirdEvaluateStart').click();
    await subject('lyrebirdEvaluateFlyout').waitFor({ state: 'detached' });
    await finished(300_000);
    await subject('lyrebirdReport').waitFor();
    // The browser itself says that there was no report before.
    expect(watched.errors.splice(0).filter((error) => !/404 .*\/report\)$/.test(error))).toEqual([]);

    expect(await subject('lyrebirdReportTrial').textContent()).toMatch(/^(\d+) of \1 events were accepted/);
    expect(await subject('lyrebirdFigure-valid_json').getAttribute('data-verdict')).toBe('met');
    expect(await subject('lyrebirdFigure-accepted').locator('[data-test-subj="lyrebirdFigureValue"]').textContent()).toBe('100%');
    const shown: Array<[tab: string, plots: string[]]> = [
      ['fields', ['lyrebirdReportWorstFields', 'lyrebirdReportFieldPlot']],
      ['together', ['lyrebirdReportPairs', 'lyrebirdReportViolations']],
      ['sequence', ['lyrebirdReportSequence']],
      ['telling', ['lyrebirdReportTelling']],
      ['privacy', ['lyrebirdReportPrivacy']],
      ['who', ['lyrebirdReportEntities-actions', 'lyrebirdReportTechniques']],
    ];
    for (const [tab, plots] of shown) {
      await subject(`lyrebirdReportTab-${tab}`).click();
      for (const plot of plots) await subject(plot).locator('canvas').first().waitFor();
    }
    const techniques = subject('lyrebirdReportTechniques');
    await techniques.locator('[data-test-subj="lyrebirdPlotSwitch"]').click();
    expect(await techniques.locator('tbody').textContent()).toMatch(/T\d{4}/);

    const saved = async (button: string): Promise<[name: string, text: string]> => {
      const [download] = await Promise.all([page.waitForEvent('download'), subject(button).click()]);
      return [download.suggestedFilename(), await readFile(await download.path(), 'utf8')];
    };
    const [jsonName, json] = await saved('lyrebirdReportJson');
    const report = reportSchema.parse(JSON.parse(json));
    reported = report.model!.id;
    expect([jsonName, report.model?.name]).toEqual([`lyrebird-report-${reported}.json`, name]);
    const [htmlName, html] = await saved('lyrebirdReportHtml');
    expect(htmlName).toBe(`lyrebird-report-${reported}.html`);
    expect(html).toContain(name);
    expect(html).toContain('<svg');
  }, 600_000);

  it('writes an attack into somebody’s stream, in variants', async () => {
    const { page, subject, open } = watched;
    await open('/generate');
    await subject('lyrebirdGenerateTechnique').selectOption({ index: 1 });
    const technique = await subject('lyrebirdGenerateTechnique').inputValue();
    await subject('lyrebirdGenerateInto').locator('input').click();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await subject('lyrebirdGenerateVariants').fill('2');
    await subject('lyrebirdGenerateWrite').click();
    expect(await subject('lyrebirdWriteModal').textContent()).toContain(`Write ${technique} into the stream of `);
    // Each log type goes to an index of its own.
    await subject('lyrebirdWriteModal').getByText('Write 2 attacks').click();
    await finished(300_000);

    const written = await count('written');
    expect(written).toBe(await count('generated'));
    const { id } = await jobShown();
    const { hits } = await client.search<{ threat?: unknown; lyrebird: { entity: string; technique?: string; variant: number } }>({ index: `${SYNTHETIC_INDEX_PREFIX}*`, size: 1000, query: { term: { 'lyrebird.job_id': id } } });
    const marks = hits.hits.map(({ _source }) => _source!.lyrebird);
    expect(marks).toHaveLength(written);
    expect(new Set(marks.map(({ entity }) => entity)).size).toBe(1);
    expect(new Set(marks.filter((mark) => mark.technique !== undefined).map((mark) => `${mark.technique} ${mark.variant}`))).toEqual(new Set([`${technique} 1`, `${technique} 2`]));
    // What a detection is to find does not say itself what it is.
    expect(hits.hits.filter(({ _source }) => _source?.threat !== undefined)).toEqual([]);
  }, 600_000);

  it('fine-tunes the model with adapters, and sees what that changed', async () => {
    const { page, subject, open } = watched;
    await open('/train');
    await subject('euiCollapsedItemActionsButton').first().click();
    await subject('lyrebirdModelFinetune').first().click();
    const flyout = subject('lyrebirdFinetuneFlyout');
    await subject('lyrebirdFinetuneStart').click();
    await flyout.getByText('Choose where the events come from.').waitFor();
    await flyout.locator('[data-test-subj="lyrebirdSourceIndex"] input').fill(source);
    await page.keyboard.press('Enter');
    await subject('lyrebirdFinetuneMinutes').fill('0.05');
    await subject('lyrebirdFinetuneLora').click();
    await subject('lyrebirdFinetuneRank').fill('4');
    await subject('lyrebirdFinetuneStart').click();
    await flyout.waitFor({ state: 'detached' });
    await finished(400_000);
    await subject('lyrebirdTrainToCard').click();
    const card = subject('lyrebirdModelFlyout');
    await subject('lyrebirdFinetuneGains').waitFor();
    for (const text of [`${name}, fine-tuned`, 'adapters of rank 4', `${name}; events, data and loss are the base’s`]) expect(await card.textContent()).toContain(text);
    await subject('lyrebirdFinetuneGains').locator('[data-test-subj="lyrebirdPlotSwitch"]').click();
    expect(await subject('lyrebirdFinetuneGains').locator('tbody').textContent()).toMatch(/T\d{4}.*Everyday events/);
  }, 600_000);

  it('trains on pseudonyms with differential privacy, and maps them back where it is asked to', async () => {
    const { page, subject, open } = watched;
    await open('/train');
    await pick('lyrebirdSourceIndex', source);
    await subject('lyrebirdSourceEstimate').waitFor();
    await subject('lyrebirdTrainPseudonymise').click();
    const fields = subject('lyrebirdTrainPseudonymFields');
    await fields.getByText('user.name', { exact: true }).waitFor();
    await subject('lyrebirdTrainName').fill(`Private ${name}`);
    await subject('lyrebirdTrainSize').click();
    await subject('lyrebirdTrainSize-tiny').click();
    await subject('lyrebirdTrainMinutes').fill('0.05');
    await subject('lyrebirdTrainAdvanced').locator('button').first().click();
    await subject('lyrebirdTrainPrivacy').click();
    await subject('lyrebirdTrainEpsilon').fill('');
    await subject('lyrebirdTrainStart').click();
    // What is wrong is where the keyboard goes on.
    await page.waitForFunction(() => document.activeElement?.getAttribute('data-test-subj') === 'lyrebirdTrainEpsilon');
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await finished(400_000);
    const job = await jobShown();
    const params = startTrainSchema.parse(job.params);
    expect(params.options.privacy).toMatchObject({ epsilon: 3 });
    expect(params.pseudonymise?.fields).toEqual(expect.arrayContaining(['user.name', 'source.ip']));
    await subject('lyrebirdTrainToCard').click();
    const card = subject('lyrebirdModelFlyout');
    await card.waitFor();
    expect(await card.textContent()).toMatch(/epsilon [0-3]\.\d+ at delta/);
    await page.keyboard.press('Escape');

    const { aggregations } = await client.search<unknown, { names: { buckets: Array<{ key: string }> } }>({ index: source, size: 0, aggs: { names: { terms: { field: 'user.name', size: 100 } } } });
    const people = new Set(aggregations!.names.buckets.map(({ key }) => key));
    const cells = subject('lyrebirdPreviewTable').locator('tbody tr td:nth-child(3)');
    // Cells end with a mark that is not shown, for tables that are copied.
    const entities = async () => (await cells.allTextContents()).map((text) => text.replace(/\W+$/, ''));
    await open(`/generate?model=${job.model_id}`);
    await subject('lyrebirdGeneratePreview').click();
    await cells.first().waitFor();
    const pseudonyms = await entities();
    expect(pseudonyms.filter((text) => people.has(text))).toEqual([]);
    await subject('lyrebirdGenerateReveal').click();
    await subject('lyrebirdGeneratePreview').click();
    await cells.filter({ hasText: pseudonyms[0] }).first().waitFor({ state: 'detached' });
    await cells.first().waitFor();
    const revealed = await entities();
    expect(revealed.filter((text) => !people.has(text))).toEqual([]);
    expect(revealed).toHaveLength(pseudonyms.length);
  }, 600_000);

  it.each<Scheme>(['light', 'dark'])('looks at every page in %s', async (scheme) => {
    const looked = await openPage(browser, host.url, scheme);
    const pages: Array<[name: string, path: string, ready: string]> = [
      ['overview', '', 'lyrebirdOverviewAnomaly'],
      ['train', '/train', 'lyrebirdModelsTable'],
      ['generate', '/generate', 'lyrebirdGenerateForm'],
      ['report', `/report?model=${reported}`, 'lyrebirdReportFigures'],
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
    const rows = subject('lyrebirdModelsTable').locator('tbody tr');
    await rows.filter({ hasText: `Private ${name}` }).waitFor({ state: 'detached' });
    expect(await rows.count()).toBe(2);
  }, 60_000);

  it('left no error on the console and asked nothing of other hosts', () => {
    expect([watched.external, watched.errors]).toEqual([[], []]);
  });
});
