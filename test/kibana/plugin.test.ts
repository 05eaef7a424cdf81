import { Client } from '@elastic/elasticsearch';
import type { Browser } from 'playwright-core';
import type { PreviewResult } from '../../common';
import { indexOf, simulate } from '../../simulator';
import { launchBrowser, openPage } from '../public/browser';
import { startRealKibana, type RealKibana } from './real_kibana';

const INDEX = 'lyrebird-test-sign-ins';
const MODEL = 'Sign-ins of a test';
/** Kibana's own: it tries whether the browser keeps its content security policy. */
const PROBE = /^Executing inline script violates/;
const VIEW = 'lyrebird-test-view';
const PAGES = { '': 'overview', '/train': 'train', '/generate': 'generate', '/report': 'report', '/anomalies': 'anomalies' };

let client: Client;
let kibana: RealKibana;
let browser: Browser;

beforeAll(async () => {
  client = new Client({ node: process.env.ELASTICSEARCH_URL! });
  await client.indices.delete({ index: INDEX }, { ignore: [404] });
  await client.indices.create({
    index: INDEX,
    settings: { number_of_replicas: 0 },
    mappings: { dynamic_templates: [{ texts: { match_mapping_type: 'string', mapping: { type: 'keyword' } } }], properties: { '@timestamp': { type: 'date' } } },
  });
  const events = [...simulate({ users: 5, days: 5, seed: 1, end: new Date() })].filter(({ dataset }) => indexOf(dataset).includes('azure'));
  await client.bulk({ refresh: true, operations: events.flatMap(({ _id, _source }) => [{ create: { _index: INDEX, _id } }, _source]) });
  [kibana, browser] = await Promise.all([startRealKibana(process.env.KIBANA_HOME!, process.env.ELASTICSEARCH_URL!), launchBrowser()]);
  await kibana.dataView(VIEW, INDEX);
}, 400_000);

afterAll(async () => {
  await browser?.close();
  await kibana?.stop();
  await client?.indices.delete({ index: INDEX }, { ignore: [404] });
  await client?.close();
}, 60_000);

it('is set up and started without a warning', async () => {
  expect(kibana.log()).toMatch(/Starting \[\d+\] plugins:.*lyrebird/);
  expect(kibana.log().split('\n').filter((line) => /\[(WARN |ERROR|FATAL)\]\[plugins\.lyrebird/.test(line))).toEqual([]);
  const { status, body } = await kibana.api<{ node: { reachable: boolean } }>('GET', '/status');
  expect({ status, reachable: body.node.reachable }).toEqual({ status: 200, reachable: true });
});

it('refuses what is not understood in the words of the plugin', async () => {
  const { status, body } = await kibana.api<{ message: string }>('POST', '/train', { source: { index: INDEX }, options: { minutes: -1 } });
  expect(status).toBe(400);
  expect(body.message).toContain('minutes');
});

it.each(Object.entries(PAGES))('shows the page at /app/lyrebird%s', async (at, name) => {
  for (const scheme of ['light', 'dark'] as const) {
    await kibana.darkMode(scheme === 'dark');
    const page = await openPage(browser, kibana.url, scheme);
    await page.open(at);
    await page.subject(`lyrebirdPage-${name}`).waitFor();
    await page.page.getByText(/Loading/).first().waitFor({ state: 'hidden' });
    await page.screenshot(`kibana-${kibana.version}-${name}`);
    expect(page.errors.filter((error) => /lyrebird/i.test(error) && !PROBE.test(error))).toEqual([]);
    await page.page.context().close();
  }
  await kibana.darkMode(false);
});

/** Discover, on the test's index, with a query. */
async function fromDiscover(chosen: 'lyrebirdGenerateSimilar' | 'lyrebirdScoreThese' = 'lyrebirdGenerateSimilar') {
  const page = await openPage(browser, kibana.url);
  const state = `_g=(time:(from:now-30d,to:now))&_a=(index:${VIEW},query:(language:kuery,query:'event.outcome:%20success'))`;
  await page.page.goto(`${kibana.url}/app/discover#/?${state}`);
  const item = page.subject(chosen);
  await item.waitFor();
  await page.page.getByText(/hits?$/).first().waitFor();
  await page.screenshot(`kibana-${kibana.version}-discover`);
  await item.click();
  return page;
}

it('offers to train a model where none has learned the logs that Discover shows', async () => {
  const page = await fromDiscover();
  await page.subject('lyrebirdFromLogsTrain').click();
  await page.subject('lyrebirdTrainForm').waitFor();
  await page.page.getByText(INDEX).first().waitFor();
  expect(await page.subject('lyrebirdSourceQuery').innerText()).toContain('event.outcome: success');
  await page.screenshot(`kibana-${kibana.version}-train-from-discover`);
  await page.page.context().close();
}, 120_000);

it('trains a model on an index, and previews events like those in it', async () => {
  const started = await kibana.api<{ id: string; message?: string }>('POST', '/train', { source: { index: INDEX }, options: { name: MODEL, size: 'tiny', minutes: 1, max_steps: 20 } });
  expect(started).toMatchObject({ status: 200 });
  let job: { state: string; model_id?: string; error?: unknown };
  do {
    await new Promise((resolve) => setTimeout(resolve, 500));
    ({ body: job } = await kibana.api<typeof job>('GET', `/jobs/${started.body.id}`));
  } while (['queued', 'running'].includes(job.state));
  expect(job).toMatchObject({ state: 'completed' });
  const { body } = await kibana.api<PreviewResult>('POST', '/generate/preview', { model_id: job.model_id, options: { count: 3 } });
  expect(body.events).toHaveLength(3);
  for (const { timestamp, _source } of body.events) expect(Date.parse(String(_source['@timestamp']))).toBe(Date.parse(timestamp));

  const page = await openPage(browser, kibana.url);
  await page.open('/train');
  await page.page.getByText(MODEL).first().waitFor();
  await page.screenshot(`kibana-${kibana.version}-models`);
  await page.page.context().close();
}, 300_000);

it('generates logs similar to those that Discover shows, under the same conditions', async () => {
  const page = await fromDiscover();
  expect(await page.subject('lyrebirdFromLogs').innerText()).toContain(INDEX);
  await page.subject('lyrebirdGeneratePreview').click();
  await page.subject('lyrebirdPreview').waitFor();
  await page.screenshot(`kibana-${kibana.version}-generate-from-discover`);
  expect(new URL(page.page.url()).searchParams.get('logs')).toContain('event.outcome');
  await page.page.context().close();
}, 120_000);

it('scores the logs that Discover shows', async () => {
  const page = await fromDiscover('lyrebirdScoreThese');
  await page.subject('lyrebirdSourceQuery').waitFor();
  await page.screenshot(`kibana-${kibana.version}-score-from-discover`);
  await page.subject('lyrebirdScoreStart').click();
  await page.page.getByText(/Completed|Finished|Done/i).first().waitFor();
  await page.screenshot(`kibana-${kibana.version}-scored`);
  await page.page.context().close();
}, 120_000);
