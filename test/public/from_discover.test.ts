import fc from 'fast-check';
import type { ModelCard } from '../../common';
import { modelsOf, readLogsLink, writeLogsLink } from '../../public/discover/logs_link';
import { dataViewOf } from '../../public/discover/logs_of_discover';
import { generateStateOf } from '../../public/pages/generate/generate_state';
import { pinsOf } from '../../public/pages/generate/logs_pins';
import { toRequest, trainStateOf } from '../../public/pages/train/train_state';

const SOURCE = { index: 'logs-*', time_field: '@timestamp', from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' };
/** As Kibana's own code makes them of KQL (`user.name: jdoe and event.outcome: (success or failure)`) and of filters. */
const KQL = {
  bool: {
    must: [],
    filter: [
      {
        bool: {
          filter: [
            { bool: { should: [{ match: { 'user.name': 'jdoe' } }], minimum_should_match: 1 } },
            { bool: { should: [{ bool: { should: [{ match: { 'event.outcome': 'success' } }], minimum_should_match: 1 } }, { bool: { should: [{ match: { 'event.outcome': 'failure' } }], minimum_should_match: 1 } }], minimum_should_match: 1 } },
          ],
        },
      },
      { match_phrase: { 'source.geo.country_iso_code': 'DE' } },
      { range: { 'http.response.status_code': { gte: '400', lt: '500' } } },
    ],
    should: [],
    must_not: [],
  },
};

describe('logs that somebody comes with', () => {
  it('are read from an address as they were written into it', () => {
    const dsl = fc.dictionary(fc.constantFrom('bool', 'term', 'match'), fc.jsonValue().filter((value) => value !== null && !Object.is(value, -0)), { maxKeys: 2 });
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 40 }), fc.option(fc.string({ maxLength: 50 }), { nil: undefined }), dsl, (index, query_text, query) => {
        const logs = JSON.parse(JSON.stringify({ source: { index, query }, query_text })) as ReturnType<typeof readLogsLink>;
        expect(readLogsLink(new URLSearchParams(new URLSearchParams({ logs: writeLogsLink(logs as never) }).toString()).get('logs')!)).toEqual(logs);
      })
    );
  });

  it('are said to be broken where an address was cut off', () => {
    const text = writeLogsLink({ source: SOURCE });
    fc.assert(fc.property(fc.integer({ min: 0, max: text.length - 1 }), (length) => expect(readLogsLink(text.slice(0, length))).toBe('broken')));
    expect(readLogsLink(undefined)).toBeUndefined();
  });

  it('name their data view in the address, before 8.15 and since', () => {
    expect(dataViewOf("http://k/app/discover#/?_g=()&_a=(columns:!(),filters:!(),index:'90943e30-9a47-11e8-b64d-95841ca0b247',interval:auto)")).toBe('90943e30-9a47-11e8-b64d-95841ca0b247');
    expect(dataViewOf('http://k/app/discover#/?_a=(dataSource:(dataViewId:logs,type:dataView),filters:!())&_g=()')).toBe('logs');
    expect(dataViewOf("http://k/app/discover#/?_a=(index:'it!'s%20mine')")).toBe("it's mine");
    expect(dataViewOf('http://k/app/discover#/view/1')).toBeUndefined();
    fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => void dataViewOf(text)));
  });
});

describe('their query', () => {
  it('becomes pins where a model can be held to it', () => {
    expect(pinsOf(KQL)).toEqual({
      left: 0,
      pins: [
        { field: 'user.name', kind: 'is', values: ['jdoe'], low: '', high: '' },
        { field: 'event.outcome', kind: 'any', values: ['success', 'failure'], low: '', high: '' },
        { field: 'source.geo.country_iso_code', kind: 'is', values: ['DE'], low: '', high: '' },
        { field: 'http.response.status_code', kind: 'range', values: [], low: '400', high: '500' },
      ],
    });
  });

  it('is counted where it cannot', () => {
    expect(pinsOf({ bool: { must_not: [{ term: { a: 1 } }], filter: [{ exists: { field: 'a' } }, { query_string: { query: 'x' } }], should: [{ term: { a: 1 } }, { term: { b: 2 } }] } })).toEqual({ pins: [], left: 4 });
    expect(pinsOf(undefined)).toEqual({ pins: [], left: 0 });
    expect(pinsOf({ match_all: {} })).toEqual({ pins: [], left: 0 });
  });

  it('goes whole to a model that learns from these logs alone', () => {
    const logs = { source: { ...SOURCE, query: KQL }, query_text: 'user.name: jdoe' };
    expect(toRequest(trainStateOf(logs)).source).toEqual(logs.source);
    expect(generateStateOf(logs)).toMatchObject({ amount: 'period', from: SOURCE.from, to: SOURCE.to });
  });
});

it('models fit that learned from the indices, the newest first', () => {
  const model = (id: string, indices: string[], created_at: string) => ({ id, indices, created_at }) as ModelCard;
  const models = [model('old', ['logs-aws-default'], '2026-01-01'), model('new', ['.ds-logs-azure-default-2026.11.01-000001'], '2026-02-01'), model('other', ['metrics-x'], '2026-03-01')];
  const of = (index: string) => modelsOf(models, index).map(({ id }) => id);
  expect(of('logs-*')).toEqual(['new', 'old']);
  expect(of('logs-azure-default')).toEqual(['new']);
  expect(of('metrics-*,-metrics-x')).toEqual(['other']);
  expect(of('logs-a.s-*')).toEqual([]);
});
