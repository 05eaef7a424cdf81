import { evaluateJobSchema, jobSchema, reportSchema } from '../../../common';
import { closeNode, follow, openNode, trainRequest, uploadDataset, type TestNode } from './running_node';

jest.setTimeout(180_000);

describe('a node that evaluates', () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await openNode();
    await uploadDataset(node, 'd');
    const job = jobSchema.parse((await node.call('POST', '/v1/jobs', trainRequest('d', 'Sign-ins', { max_steps: 60, holdout: 0.3 }))).body);
    expect(jobSchema.parse(await follow(node, job.id)).state).toBe('completed');
  });
  afterAll(() => closeNode(node));

  const evaluate = (body: object) => node.call('POST', '/v1/jobs', { type: 'evaluate', dataset_id: 'd', model_id: 'sign-ins', options: {}, ...body });

  test('has no report before', async () => {
    expect(await node.call('GET', '/v1/models/sign-ins/report')).toMatchObject({ status: 404, body: { code: 'LYREBIRD_NOT_FOUND', message: expect.stringContaining('not been evaluated') } });
    expect(await node.call('GET', '/v1/models/nobody/report')).toMatchObject({ status: 404 });
    expect(await node.call('GET', '/v1/models/sign-ins/report.html')).toMatchObject({ status: 404, body: { message: expect.stringContaining('not been evaluated') } });
    expect(await evaluate({ model_id: 'nobody' })).toMatchObject({ status: 404 });
    expect(await evaluate({ options: { max_events: 5 } })).toMatchObject({ status: 400 });
  });

  test('compares what the model writes with the events that it held out', async () => {
    const job = evaluateJobSchema.parse((await evaluate({})).body);
    // What the job reads is not taken away from it.
    expect(await node.call('DELETE', '/v1/models/sign-ins')).toMatchObject({ status: 409 });
    expect(await node.call('DELETE', '/v1/datasets/d')).toMatchObject({ status: 409 });
    const ended = evaluateJobSchema.parse(await follow(node, job.id));
    expect(ended).toMatchObject({ state: 'completed', progress: 1, model_id: 'sign-ins' });

    const report = reportSchema.parse((await node.call('GET', '/v1/models/sign-ins/report')).body);
    const card = (await node.call('GET', '/v1/models/sign-ins')).body as { heldout_from: string; events: { train: number; heldout: number } };
    expect(report.model).toMatchObject({ id: 'sign-ins', name: 'Sign-ins', tokenizer: 'field' });
    expect(report.samples.heldout).toMatchObject({ from: card.heldout_from, events: card.events.heldout });
    expect(report.samples.train.events).toBe(card.events.train);
    expect(report.samples.entities).toEqual({ looked_at: 3, all: 3 });
    expect(report.samples.synthetic.events).toBeGreaterThanOrEqual(100);
    expect(report.validity.generated).toBe(report.samples.synthetic.events);
    const figure = (id: string) => report.figures.find((each) => each.id === id)!;
    expect(figure('valid_json')).toMatchObject({ value: 1, verdict: 'met' });
    expect(figure('right_entity').value).toBeGreaterThan(0.9);
    expect(figure('accepted').value).toBeNull();
    expect(report.log_types.map(({ name }) => name)).toEqual(['logs']);
    expect(report.joints.map(({ id }) => id)).toEqual(expect.arrayContaining(['user_address', 'user_action', 'user_hour']));
  });

  test('gives the report as a page that stands alone, to save', async () => {
    const response = await node.fetch('/v1/models/sign-ins/report.html');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="lyrebird-report-sign-ins.html"');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).toContain('<title>Synthetic events of Sign-ins</title>');
    expect(page).toMatch(/<meta http-equiv="Content-Security-Policy" content="default-src 'none';/);
    expect(page).toContain('</html>');
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bon\w+=|https?:/i);
    expect((await fetch(`${node.node.url}/v1/models/sign-ins/report.html`)).status).toBe(401);
  });

  test('adds what an index said to the events', async () => {
    const put = (body: object) => node.call('PUT', '/v1/models/sign-ins/report/index', body);
    expect(await put({ index: 'logs', tried: 'many' })).toMatchObject({ status: 400 });
    const trial = { index: 'logs', tried: 200, accepted: 198, refusals: { 'document_parsing_exception: failed to parse': 2 } };
    expect((await put(trial)).status).toBe(200);
    const report = reportSchema.parse((await node.call('GET', '/v1/models/sign-ins/report')).body);
    expect(report.validity.index).toEqual(trial);
    expect(report.figures.find(({ id }) => id === 'accepted')).toMatchObject({ value: 0.99, verdict: 'missed' });
  });

  test('goes with its model', async () => {
    expect((await node.call('DELETE', '/v1/models/sign-ins')).status).toBe(204);
    expect(await node.call('GET', '/v1/models/sign-ins/report')).toMatchObject({ status: 404 });
  });
});
