import moment from 'moment';
import { trainOptionsSchema, type Fields, type ModelCard, type PluginJob } from '../../common';
import { isRetryable, toAppError } from '../../public/api/errors';
import { formatDuration, formatProbability, formatScore } from '../../public/components/format';
import { rarity, scoreOfRarity, severityOf } from '../../public/components/severity';
import { EMPTY_SOURCE, estimateEvents, fromSource, patternOf, sourceProblem, toSource } from '../../public/components/source_state';
import { queryOf, urlOf } from '../../public/pages/anomalies/anomalies_state';
import { summarise } from '../../public/pages/generate/event_summary';
import { emptyGenerateState, forAnotherModel, generateProblem, knownValues, pinnableFields, toGenerateRequest, toOptions } from '../../public/pages/generate/generate_state';
import { emptyPin } from '../../public/pages/generate/pin_state';
import { retrainState, toRequest, trainProblem, emptyTrainState } from '../../public/pages/train/train_state';

const DAY = 86_400_000;

describe('errors as pages show them', () => {
  it('reads message, code and hint of the plugin’s answers', () => {
    const body = { statusCode: 410, message: 'logs-x is gone.', attributes: { code: 'LYREBIRD_INDEX_GONE', hint: 'Choose another.' } };
    expect(toAppError({ message: 'Gone', request: {}, response: { status: 410 }, body })).toEqual({ code: 'LYREBIRD_INDEX_GONE', message: 'logs-x is gone.', hint: 'Choose another.' });
  });
  it('knows a server that cannot be reached, and keeps other messages', () => {
    expect(toAppError({ message: 'Failed to fetch', request: {} })).toMatchObject({ message: 'The server cannot be reached.' });
    expect(toAppError(new Error('odd'))).toEqual({ code: 'LYREBIRD_INTERNAL', message: 'odd' });
    expect(toAppError({ message: 'x', body: { message: 'Bad', attributes: { code: 'NOT_OURS' } } }).code).toBe('LYREBIRD_INTERNAL');
  });
  it('tries again only what may come back', () => {
    expect([429, 503].map((status) => isRetryable({ response: { status } }))).toEqual([true, true]);
    expect([400, 404, 422, 500].map((status) => isRetryable({ response: { status } }))).toEqual([false, false, false, false]);
  });
});

describe('figures', () => {
  it('shows probabilities with the digits they need, and never rounds to certainty', () => {
    expect([0, 0.00001, 0.0004, 0.034, 0.5, 0.98, 0.9996, 0.99999, 1].map(formatProbability)).toEqual(['0%', '< 0.01%', '0.04%', '3.4%', '50%', '98%', '99.96%', '99.99%', '100%']);
  });
  it('never rounds a score up', () => {
    expect([12.34, 98.96, 99.999, 100].map(formatScore)).toEqual(['12.34', '98.96', '99.99', '100.0']);
  });
  it('says durations as people do', () => {
    expect([4.4, 84, 7500].map(formatDuration)).toEqual(['4 s', '1 min 24 s', '2 h 5 min']);
  });
  it('spreads rare scores out, and back', () => {
    expect([0, 90, 99, 99.9].map((score) => Math.round(rarity(score) * 1000) / 1000)).toEqual([0, 1, 2, 3]);
    expect(rarity(100)).toBe(4);
    expect(scoreOfRarity(rarity(99.5))).toBeCloseTo(99.5, 6);
    expect([99.95, 99.5, 96, 40].map((score) => severityOf(score).name)).toEqual(['critical', 'major', 'minor', 'warning']);
  });
});

describe('source', () => {
  const limited = { ...EMPTY_SOURCE, index: 'logs-*', limited: true, start: '2026-01-01T00:00:00.000Z', end: '2026-01-11T00:00:00.000Z' };
  it('resolves date math to fixed times', () => {
    const before = Date.now();
    const { from, to } = toSource({ ...limited, start: 'now-1d', end: 'now' });
    expect(Date.parse(from ?? '') - (before - DAY)).toBeLessThan(5_000);
    expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBeCloseTo(DAY, -3);
    expect(toSource({ ...limited, limited: false })).toEqual({ index: 'logs-*' });
    expect(fromSource(toSource(limited))).toEqual(limited);
  });
  it('says what is wrong', () => {
    expect(sourceProblem(EMPTY_SOURCE)?.field).toBe('index');
    expect(sourceProblem({ ...limited, end: limited.start })?.message).toMatch(/ends before it starts/);
    expect(sourceProblem({ ...limited, start: 'yesterdayish' })?.field).toBe('range');
    expect(sourceProblem(limited)).toBeUndefined();
  });
  it('names data streams, not the backing indices of one stretch of time', () => {
    expect(patternOf(['.ds-logs-a-default-2026.11.20-000001', '.ds-logs-a-default-2026.11.21-000002', 'plain', '.ds-odd'])).toBe('logs-a-default,plain,.ds-odd');
  });
  it('estimates events by the share of time', () => {
    const fields: Fields = { documents: 1000, time_fields: [], entity_fields: [], fields: [], time_range: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-21T00:00:00.000Z' } };
    expect(estimateEvents(limited, fields)).toBe(500);
    expect(estimateEvents({ ...limited, limited: false }, fields)).toBe(1000);
    expect(estimateEvents({ ...limited, start: '2027-01-01T00:00:00.000Z', end: '2027-02-01T00:00:00.000Z' }, fields)).toBe(0);
  });
});

const model = {
  id: 'm1',
  indices: ['a', 'b'],
  time_field: 'ts',
  options: trainOptionsSchema.parse({ name: 'from the card', seed: 7 }),
  time_range: { from: '2026-02-01T00:00:00.000Z', to: '2026-03-01T00:00:00.000Z' },
  fields: [
    { path: 'action', log_type: 'x', kind: 'categorical', distinct: 2, values: ['read', '404'] },
    { path: 'action', log_type: 'y', kind: 'categorical', distinct: 1, values: ['read', 'write'] },
    { path: 'id', log_type: 'x', kind: 'id', distinct: 9, values: [] },
  ],
} as unknown as ModelCard;

describe('train form', () => {
  it('names the first field that is wrong', () => {
    const state = emptyTrainState();
    expect(trainProblem(state)?.field).toBe('index');
    const source = { ...EMPTY_SOURCE, index: 'logs-*' };
    expect(trainProblem({ ...state, source })).toBeUndefined();
    expect(trainProblem({ source, options: { ...state.options, minutes: Number.NaN } })).toEqual({ field: 'minutes', message: 'Enter a number.' });
    expect(trainProblem({ source, options: { ...state.options, minutes: 0 } })?.message).toBe('Enter a number above 0.');
    expect(trainProblem({ source, options: { ...state.options, seed: 1.5 } })?.message).toBe('Enter a whole number.');
    expect(trainProblem({ source, options: { ...state.options, privacy: { epsilon: Number.NaN, delta: 1e-5, clip: 1 } } })).toEqual({ field: 'privacy.epsilon', message: 'Enter a number.' });
    expect(trainProblem({ source, options: { ...state.options, name: '' } })).toEqual({ field: 'name', message: 'Enter something here.' });
  });
  it('sends which fields get pseudonyms, and knows them again', () => {
    const source = { ...EMPTY_SOURCE, index: 'logs-*' };
    const state = { ...emptyTrainState(), source, pseudonymise: { fields: ['user.name'] } };
    expect(toRequest(state)).toMatchObject({ pseudonymise: { fields: ['user.name'] } });
    expect(toRequest({ ...state, pseudonymise: undefined })).not.toHaveProperty('pseudonymise');
    expect(trainProblem({ ...state, pseudonymise: { fields: [] } })).toEqual({ field: 'pseudonymise', message: 'Choose the fields that hold identifiers, or switch pseudonyms off.' });
    const job = { type: 'train', model_id: 'm1', params: toRequest(state) } as unknown as PluginJob;
    expect(retrainState(model, [job]).pseudonymise).toEqual({ fields: ['user.name'] });
    const card = { ...model, options: { ...model.options, pseudonymised: { fields: ['user.id'], scheme: 's' } } };
    expect(retrainState(card, [])).toMatchObject({ pseudonymise: { fields: ['user.id'] }, options: { name: 'from the card' } });
    expect(retrainState(card, []).options).not.toHaveProperty('pseudonymised');
  });
  it('retrains with the settings of the job, or of the card when the job is gone', () => {
    const params = { source: { index: 'logs-a', time_field: 't' }, options: trainOptionsSchema.parse({ name: 'from the job' }) };
    const job = { type: 'train', model_id: 'm1', params } as unknown as PluginJob;
    expect(retrainState(model, [job])).toMatchObject({ source: { index: 'logs-a', timeField: 't' }, options: { name: 'from the job' } });
    expect(retrainState(model, [{ ...job, model_id: 'other' }])).toMatchObject({ source: { index: 'a,b', timeField: 'ts' }, options: { name: 'from the card', seed: 7 } });
  });
});

describe('generate form', () => {
  it('offers fields that vary, once, by log type', () => {
    expect(pinnableFields(model, [])).toEqual(['action', 'id']);
    expect(pinnableFields(model, ['y'])).toEqual(['action']);
    expect(pinnableFields(model, ['z'])).toEqual([]);
    expect(knownValues(model, 'action')).toEqual(['read', '404', 'write']);
  });
  it('has new entities written by one model alone', () => {
    const state = { ...emptyGenerateState(), cascade: 'places' };
    expect(toOptions(state, model)).toMatchObject({ cascade: 'places' });
    expect(toOptions({ ...state, newEntities: 3 }, model)).not.toHaveProperty('cascade');
    expect(toOptions({ ...state, newEntities: 3, technique: 'T1078', into: 'ada' }, model)).toMatchObject({ cascade: 'places', into: 'ada' });
  });
  it('sends values as the model knows them, and leaves unfinished rows out', () => {
    const pins = [{ ...emptyPin('action'), values: ['404'] }, { ...emptyPin('mfa'), values: ['true'] }, emptyPin()];
    expect(toOptions({ ...emptyGenerateState(), pins }, model, 5)).toEqual({ count: 5, entities: [], log_types: [], where: { action: '404', mfa: true }, temperature: 1, top_p: 1, seed: 1 });
  });
  it('sends ranges with numbers as numbers and times as they are, and several values as a list', () => {
    const pins = [
      { ...emptyPin('bytes', 'range'), low: '10', high: '2e3' },
      { ...emptyPin('seen', 'range'), low: '2026-01-01T00:00:00Z' },
      { ...emptyPin('action', 'any'), values: ['read', 'null'] },
    ];
    expect(toOptions({ ...emptyGenerateState(), pins }, model).where).toEqual({ bytes: { gte: 10, lte: 2000 }, seen: { gte: '2026-01-01T00:00:00Z' }, action: ['read', null] });
    expect(generateProblem({ ...emptyGenerateState(), pins }, model)).toBeUndefined();
    expect(generateProblem({ ...emptyGenerateState(), pins: [emptyPin('bytes', 'range')] }, model)).toEqual({ field: 'pins', message: 'Enter where the range of bytes starts or ends.' });
    expect(generateProblem({ ...emptyGenerateState(), pins: [emptyPin('action')] }, model)).toEqual({ field: 'pins', message: 'Enter a value for action.' });
  });
  it('writes a period with as many events as it holds, by default a day after the training data', () => {
    const state = { ...emptyGenerateState(), amount: 'period' as const };
    expect(toOptions(state, model)).toMatchObject({ from: '2026-03-01T00:00:00.000Z', to: '2026-03-02T00:00:00.000Z' });
    expect(toOptions(state, model)).not.toHaveProperty('count');
    expect(toOptions(state, model, 20).count).toBe(20);
    expect(generateProblem({ ...state, to: '2026-02-01T00:00:00.000Z' }, model)).toEqual({ field: 'to', message: 'The period ends before it starts.' });
    expect(generateProblem({ ...state, continueLast: 20 }, model)).toEqual({ field: 'to', message: 'Choose when the period ends.' });
  });
  it('goes on from real events where nothing else says when to start', () => {
    const state = { ...emptyGenerateState(), continueLast: 20, amount: 'period' as const, to: '2026-03-05T00:00:00.000Z' };
    expect(toGenerateRequest(state, model)).toMatchObject({ model_id: 'm1', continue_last: 20 });
    expect(toGenerateRequest(emptyGenerateState(), model)).not.toHaveProperty('continue_last');
    expect(toOptions(state, model)).not.toHaveProperty('from');
    expect(generateProblem({ ...state, continueLast: 500 }, model)).toEqual({ field: 'continueLast', message: 'Enter 200 or less.' });
  });
  it('asks for new entities like others, or for an attack into one stream', () => {
    const state = { ...emptyGenerateState(), entities: ['jdoe'], newEntities: 3 };
    expect(toOptions(state, model)).toMatchObject({ new_entities: 3, like: ['jdoe'] });
    expect(toOptions(state, model)).not.toHaveProperty('entities');
    const attack = toOptions({ ...state, technique: 'T1530', into: 'anna', variants: 4 }, model);
    expect(attack).toMatchObject({ technique: 'T1530', into: 'anna', variants: 4 });
    for (const other of ['entities', 'new_entities', 'like', 'at']) expect(attack).not.toHaveProperty(other);
    expect(generateProblem({ ...emptyGenerateState(), newEntities: Number.NaN }, model)).toEqual({ field: 'newEntities', message: 'Enter a number.' });
    expect(forAnotherModel({ ...state, technique: 'T1530', into: 'anna' })).toMatchObject({ entities: [], technique: '', into: '', newEntities: 3 });
  });
  it('maps pseudonyms back only where the model has any, and forgets it with another model', () => {
    const state = { ...emptyGenerateState(), reveal: true };
    expect(toGenerateRequest(state, model)).not.toHaveProperty('reveal');
    const card = { ...model, options: { ...model.options, pseudonymised: { fields: ['user.id'], scheme: 's' } } };
    expect(toGenerateRequest(state, card)).toHaveProperty('reveal', true);
    expect(toGenerateRequest(forAnotherModel(state), card)).not.toHaveProperty('reveal');
  });
  it('lets another model write chosen fields first', () => {
    expect(toOptions({ ...emptyGenerateState(), cascade: 'places' }, model)).toHaveProperty('cascade', 'places');
    expect(toOptions(forAnotherModel({ ...emptyGenerateState(), cascade: 'places' }), model)).not.toHaveProperty('cascade');
  });
  it('guards against copies unless a person switches it off', () => {
    expect(toOptions(emptyGenerateState(), model)).not.toHaveProperty('memorisation_guard');
    expect(toOptions({ ...emptyGenerateState(), guard: false }, model)).toHaveProperty('memorisation_guard', false);
  });
  it('keeps hours in the reader’s time zone, in quarter hours', () => {
    const hours = { from: '08:00', to: '18:00', weekdays: [1, 2] };
    const sent = toOptions({ ...emptyGenerateState(), hours }, model).hours;
    expect(sent).toMatchObject(hours);
    expect(sent?.utc_offset).toBe(Math.round(moment('2026-03-01T00:00:00Z').utcOffset() / 15) * 15);
    expect(generateProblem({ ...emptyGenerateState(), hours: { ...hours, to: '08:00' } }, model)?.field).toBe('hours');
  });
  it('refuses what the index or the model would', () => {
    expect(generateProblem(emptyGenerateState(), model)).toBeUndefined();
    expect(generateProblem({ ...emptyGenerateState(), count: 0 }, model)).toEqual({ field: 'count', message: 'Enter 1 or more.' });
    expect(generateProblem({ ...emptyGenerateState(), topP: 2 }, model)).toEqual({ field: 'top_p', message: 'Enter 1 or less.' });
    expect(generateProblem({ ...emptyGenerateState(), target: 'Upper Case' }, model)).toEqual({ field: 'target', message: expect.stringMatching(/^Expected: a lower-case index name/) });
  });
  it('says in a line what an event is about, flat or nested', () => {
    expect(summarise({ event: { action: 'GetObject', outcome: 'success' }, 'source.ip': '1.2.3.4' })).toBe('GetObject · success · 1.2.3.4');
    expect(summarise({ a: 1, b: 'two', c: {} })).toBe('a=1 b=two');
  });
});

describe('filters in the address', () => {
  it('keeps what was chosen, drops defaults and ignores nonsense', () => {
    expect(urlOf({ entity: 'jdoe', page: 0, min_score: 99 })).toEqual({ entity: 'jdoe', page: undefined, min_score: '99' });
    expect(queryOf({ entity: 'jdoe', min_score: '99', sort: 'timestamp', page: '3' })).toMatchObject({ entity: 'jdoe', min_score: 99, sort: 'timestamp', page: 3, size: 25, order: 'desc' });
    expect(queryOf({ sort: 'password', page: '-1', size: '1e9', min_score: 'x', from: 'tomorrow' })).toMatchObject({ sort: 'record_score', page: 0, size: 25, min_score: 0 });
    expect(queryOf({ from: 'tomorrow' }).from).toBeUndefined();
  });
});
