import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import pino from 'pino';
import { API_BASE, API_VERSION, type PluginJob } from '../../common';
import { startStandalone, type Host, type Role } from '../../standalone/host';
import { fillSignIns } from '../server/support/sign_ins';
import { PluginHost } from '../server/support/plugin_host';
import { testElasticsearch, type TestElasticsearch } from '../support/elasticsearch';
import { launchBrowser, openPage, type WatchedPage } from './browser';

/** What others made is there to be read; who may only read is offered nothing that the server would refuse. */
describe('a person who may only read', () => {
  let elasticsearch: TestElasticsearch;
  let dataDir: string;
  let host: Host;
  let browser: Browser;
  let watched: WatchedPage;
  let model: string;
  let cancelled: string;
  /** Requests that the server has refused. */
  const refused: string[] = [];

  const start = (role: Role): Promise<Host> =>
    startStandalone({ role, port: 0, elasticsearch: { url: elasticsearch.url }, dataDir, config: { node: { embedded: { dataDir: path.join(dataDir, 'node') } } }, logger: pino({ level: 'silent' }) });

  beforeAll(async () => {
    elasticsearch = await testElasticsearch();
    dataDir = await mkdtemp(path.join(tmpdir(), 'lyrebird-read-only-'));
    const index = `${elasticsearch.prefix}sign-ins`;
    await fillSignIns(elasticsearch.client, index, 400);
    const owned = await start('all');
    const owner = new PluginHost(owned.url, owned.close);
    const trained = await owner.run('/train', { source: { index }, options: { name: 'Sign-ins', size: 'tiny', minutes: 5, max_steps: 5, holdout: 0.3 } });
    model = trained.model_id!;
    expect(await owner.run('/score', { model_id: model, source: { index }, min_record_score: 0 })).toMatchObject({ state: 'completed' });
    const { body } = await owner.ask<PluginJob>('POST', '/generate', { model_id: model, target_index: `${elasticsearch.prefix}synthetic`, options: { count: 1_000_000 } });
    cancelled = body.id;
    await owner.follow(cancelled, ({ counts }) => counts.written > 0);
    await owner.cancel(cancelled);
    await owned.close();

    host = await start('read');
    browser = await launchBrowser();
    watched = await openPage(browser, host.url);
    watched.page.on('response', (response) => {
      if (response.status() === 403) refused.push(`${response.request().method()} ${response.url()}`);
    });
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  /** A control is off, and says over itself what it takes. */
  const isOff = async (subject: string, privilege: string) => {
    const control = watched.subject(subject).first();
    await control.waitFor();
    expect([subject, await control.isDisabled()]).toEqual([subject, true]);
    // What is off takes no pointer itself: what stands around it does.
    await control.locator('xpath=..').hover();
    await watched.page.getByRole('tooltip').filter({ hasText: privilege }).waitFor();
    await watched.page.mouse.move(0, 0);
    await watched.page.getByRole('tooltip').waitFor({ state: 'detached' });
  };

  it('is refused by the server whatever changes something', async () => {
    const reader = new PluginHost(host.url, host.close);
    const source = { index: `${elasticsearch.prefix}sign-ins` };
    const attempts: Array<[method: string, route: string, body?: object]> = [
      ['POST', '/train', { source, options: { name: 'Mine' } }],
      ['POST', '/finetune', { base_model_id: model, source, options: { name: 'Mine' } }],
      ['POST', '/generate', { model_id: model, options: { count: 1 } }],
      ['POST', '/generate/preview', { model_id: model, options: { count: 1 } }],
      ['POST', '/evaluate', { model_id: model, source, options: {} }],
      ['POST', '/score', { model_id: model, source }],
      ['POST', '/rules', { kind: 'ignore', scope: { entity: 'ada' } }],
      ['POST', `/jobs/${cancelled}/resume`],
      ['POST', `/jobs/${cancelled}/cancel`],
      ['DELETE', `/models/${model}`],
    ];
    for (const [method, route, body] of attempts) {
      expect([route, await reader.ask(method, route, body)]).toEqual([route, { status: 403, body: { statusCode: 403, error: 'Forbidden', message: expect.stringContaining('lyrebird-') } }]);
    }
    expect(await reader.ask('GET', '/models')).toMatchObject({ status: 200, body: { models: [{ id: model }] } });
    const page = await fetch(`${host.url}${API_BASE}/status`, { headers: { 'elastic-api-version': API_VERSION } });
    expect(page.status).toBe(200);
  });

  it('sees models and how they were made, and no way to make or delete one', async () => {
    const { subject, open } = watched;
    await open('/train?retrain=any');
    await subject('lyrebirdNotAllowed-train').waitFor();
    expect(await subject('lyrebirdNotAllowed-train').textContent()).toContain('lyrebird-train');
    expect(await subject('lyrebirdTrainForm').count()).toBe(0);
    await subject(`lyrebirdModelOpen-${model}`).waitFor();
    for (const action of ['lyrebirdModelRetrain', 'euiCollapsedItemActionsButton']) expect([action, await subject(action).count()]).toEqual([action, 0]);
    await open(`/train?model=${model}`);
    await subject('lyrebirdModelFlyout').waitFor();
    await isOff('lyrebirdModelToScore', 'lyrebird-score');
    await isOff('lyrebirdModelToGenerate', 'lyrebird-generate');
    await subject('lyrebirdModelTab-entities').click();
    await subject('lyrebirdModelFlyout').getByText('ada').first().waitFor();
    // An address that somebody sent opens no form.
    await open(`/train?finetune=${model}`);
    await subject('lyrebirdModelsTable').waitFor();
    expect(await subject('lyrebirdFinetuneFlyout').count()).toBe(0);
    await watched.screenshot('read_only_train');
  }, 120_000);

  it('sees what became of a job, which is not for it to resume', async () => {
    await watched.open(`/generate?job=${cancelled}`);
    await watched.subject('lyrebirdNotAllowed-generate').waitFor();
    expect(await watched.subject('lyrebirdJobPanel').textContent()).toContain('Cancelled');
    await isOff('lyrebirdJobResume', 'lyrebird-train');
    expect(await watched.subject('lyrebirdGenerateForm').count()).toBe(0);
    await watched.screenshot('read_only_generate');
  }, 60_000);

  it('reads anomalies, and starts no scoring', async () => {
    const { subject, open } = watched;
    await open(`/anomalies?score=${model}`);
    await subject('lyrebirdTimeline').waitFor();
    expect(await subject('lyrebirdScoreFlyout').count()).toBe(0);
    await isOff('lyrebirdScoreOpen', 'lyrebird-score');
    await subject('lyrebirdRecordOpen').first().click();
    await subject('lyrebirdAnomalySentence').first().waitFor();
    await open(`/report?model=${model}`);
    await isOff('lyrebirdReportFirst', 'lyrebird-generate');
    await watched.screenshot('read_only_report');
  }, 60_000);

  it('is shown on the overview what there is, not what to do', async () => {
    const { subject, open } = watched;
    await open('');
    await subject('lyrebirdOverviewAnomaly').first().waitFor();
    expect(await subject('lyrebirdStepTrain').count()).toBe(0);
    await subject('lyrebirdStepScore').waitFor();
    await watched.screenshot('read_only_overview');
    expect(refused).toEqual([]);
    // The browser itself says that there was no report.
    expect(watched.errors.filter((error) => !/404 .*\/report\)$/.test(error))).toEqual([]);
  }, 60_000);
});
