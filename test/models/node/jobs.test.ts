import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import { generateSummarySchema, jobSchema, modelCardSchema, scoredEventSchema, type ScoredEvent } from '../../../common';
import { closeNode, follow, HITS, ndjson, NDJSON, openNode, trainRequest, until, uploadDataset, type TestNode } from './running_node';

jest.setTimeout(120_000);

const lines = (text: string) => text.trim().split('\n').map((line) => JSON.parse(line));

describe('one node', () => {
  let node: TestNode;
  beforeAll(async () => {
    node = await openNode({ limits: { sessionIdleSeconds: 5 } });
    await uploadDataset(node, 'd');
  });
  afterAll(() => closeNode(node));

  test('cancels a running and a queued job; a cancelled one can be resumed', async () => {
    const first = jobSchema.parse((await node.call('POST', '/v1/jobs', trainRequest('d', 'Long', { size: 'small' }))).body);
    const second = jobSchema.parse((await node.call('POST', '/v1/jobs', trainRequest('d', 'Long', { size: 'small' }))).body);
    expect([first.model_id, second.model_id]).toEqual(['long', 'long-2']);
    expect(second.state).toBe('queued');
    expect(await node.call('DELETE', '/v1/datasets/d')).toMatchObject({ status: 409 });
    expect(await node.call('DELETE', '/v1/models/long')).toMatchObject({ status: 409 });
    expect(await node.call('POST', `/v1/jobs/${second.id}/cancel`)).toMatchObject({ body: { state: 'cancelled' } });
    await follow(node, first.id, (job) => job.stage === 'train');
    expect(await node.call('POST', `/v1/jobs/${first.id}/cancel`)).toMatchObject({ body: { state: 'cancelled' } });
    expect(await follow(node, first.id)).toMatchObject({ state: 'cancelled' });
    expect(existsSync(path.join(node.dataDir, 'models/long/work/training/checkpoint.safetensors'))).toBe(true);
    expect(await node.call('GET', '/v1/models')).toMatchObject({ body: [] });
    expect(await node.call('POST', `/v1/jobs/${first.id}/resume`)).toMatchObject({ body: { id: first.id } });
    expect(await node.call('POST', `/v1/jobs/${first.id}/resume`)).toMatchObject({ status: 409 });
    expect(await node.call('POST', `/v1/jobs/${first.id}/cancel`)).toMatchObject({ body: { state: 'cancelled' } });
  });

  test('a training process that is killed fails its job alone, and the job can be resumed', async () => {
    const job = jobSchema.parse((await node.call('POST', '/v1/jobs', trainRequest('d', 'Shot', { max_steps: 400 }))).body);
    await follow(node, job.id, (state) => state.stage === 'train');
    process.kill(Number(await readFile(path.join(node.dataDir, 'models/shot/work.pid'), 'utf8')), 'SIGKILL');
    const failed = jobSchema.parse(await follow(node, job.id));
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'LYREBIRD_INTERNAL', message: expect.stringContaining('SIGKILL'), hint: expect.stringContaining('memory') } });
    await node.call('POST', `/v1/jobs/${job.id}/resume`);
    const resumed = jobSchema.parse(await follow(node, job.id));
    expect(resumed).toMatchObject({ state: 'completed', model_id: 'shot' });
    expect(resumed.error).toBeUndefined();
    expect((await node.call('DELETE', '/v1/models/shot')).status).toBe(204);
  });

  test('trains, generates, scores and deletes', async () => {
    const job = jobSchema.parse((await node.call('POST', '/v1/jobs', trainRequest('d', 'Sign-ins', { max_steps: 300 }))).body);
    expect(jobSchema.parse(await follow(node, job.id))).toMatchObject({ state: 'completed', progress: 1, model_id: 'sign-ins' });
    expect(await node.call('GET', '/v1/models/sign-ins')).toMatchObject({ body: { id: 'sign-ins', name: 'Sign-ins', indices: ['logs'] } });
    expect(await node.call('POST', '/v1/jobs', { ...trainRequest('d', 'x'), model_id: 'sign-ins' })).toMatchObject({ status: 409 });

    const generate = (options: object) => node.fetch('/v1/models/sign-ins/generate', { method: 'POST', body: JSON.stringify(options), headers: { 'content-type': 'application/json' } });
    const events = lines(await (await generate({ count: 25, seed: 3 })).text());
    const summary = generateSummarySchema.parse(events.pop());
    expect(summary).toEqual({ done: true, generated: 25, malformed: 0, copies: { redrawn: expect.any(Number), given_up: expect.any(Number) }, misnamed: expect.any(Number) });
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    const unknown = await generate({ count: 1, entities: ['nobody'] });
    expect([unknown.status, (await unknown.json()).code]).toEqual([422, 'LYREBIRD_UNKNOWN_ENTITY']);

    // A reader that hangs up ends the generation, and the model is free again.
    const long = await generate({ count: 1_000_000 });
    const reader = long.body!.getReader();
    await reader.read();
    expect(await node.call('DELETE', '/v1/models/sign-ins')).toMatchObject({ status: 409 });
    await reader.cancel();

    const score = (body: string, query = '') => node.fetch(`/v1/models/sign-ins/score${query}`, { method: 'POST', body, headers: NDJSON });
    const scored = lines(await (await score(`{bad\n${ndjson(HITS.slice(0, 3))}`, '?top_fields=1')).text());
    expect(scored.pop()).toEqual({ done: true, scored: 3, skipped: { malformed_json: 1 } });
    expect(scored.map((event) => scoredEventSchema.parse(event)).map(({ seq, id }) => [seq, id])).toEqual([[1, '0'], [2, '1'], [3, '2']]);

    // A session goes on where its last request ended; a reader that begins anew meets everybody for the first time.
    const halves = [HITS.slice(0, 12), HITS.slice(12, 24)];
    const read = async (body: string, query = ''): Promise<ScoredEvent[]> => lines(await (await score(body, `?top_fields=20${query}`)).text()).slice(0, -1).filter((line) => !('revised' in line));
    const whole = await read(ndjson(HITS.slice(0, 24)));
    const [, continued] = [await read(ndjson(halves[0]), '&session=s'), await read(ndjson(halves[1]), '&session=s')];
    const anew = await read(ndjson(halves[1]));
    expect(continued.map((event) => event.id)).toEqual(halves[1].map((hit) => hit._id));
    const meetings = (events: ScoredEvent[]) => events.filter((event) => event.top_fields.some(({ actual }) => actual.startsWith('first event'))).length;
    expect([whole, continued, anew].map(meetings)).toEqual([3, 0, 3]);
    // These few fit into half a context, which is what a session keeps: nothing is lost.
    continued.forEach((event, i) => expect(event.surprisal).toBeCloseTo(whole[12 + i].surprisal, 3));
    continued.forEach((event, i) => expect(event.score).toBeCloseTo(whole[12 + i].score, 1));
    expect(await node.call('POST', '/v1/models/sign-ins/score?session=s&top_fields=2', undefined, { body: ndjson(HITS.slice(0, 1)), headers: NDJSON })).toMatchObject({ status: 409 });
    const sessions = async () => Number(/lyrebird_score_sessions (\d+)/.exec(await (await node.fetch('/metrics')).text())![1]);
    expect(await sessions()).toBe(1);
    expect((await node.call('DELETE', '/v1/sessions/s')).status).toBe(204);
    // One that nobody uses ends by itself.
    await read(ndjson(halves[0]), '&session=idle');
    expect(await sessions()).toBe(1);
    await until(async () => (await sessions()) === 0);
    expect((await node.call('DELETE', '/v1/sessions/idle')).status).toBe(404);

    // Events that it learned from say nothing of its age; later ones in which everybody does something new do.
    const card = async () => modelCardSchema.parse((await node.call('GET', '/v1/models/sign-ins')).body);
    expect((await card()).age).toBeUndefined();
    const later = HITS.map((hit, i) => ({ ...hit, _source: { ...hit._source, '@timestamp': new Date(Date.parse(hit._source['@timestamp']) + 30 * 86_400_000).toISOString(), ip: `192.168.${i % 7}.${i % 250}`, event: { ...hit._source.event, action: 'erase' } } }));
    await read(ndjson(later));
    expect((await card()).age).toMatchObject({ events: 600, aged: true, entities: { judged: 3 } });
    expect((await card()).age!.fields.map(({ path: field }) => field)).toContain('event.action');

    // The generation above has noticed by now that nobody reads it.
    await until(async () => (await node.call('DELETE', '/v1/models/sign-ins')).status === 204);
    expect(await node.call('GET', '/v1/models')).toMatchObject({ body: [] });
  });
});
