import type { LogHit } from '../../../common';
import { chooseFields, prepareHit } from '../../../models/prepare';
import type { EventFields } from '../../../models/prepare';

const hit = (source: object, index?: string): LogHit => ({ _source: source as LogHit['_source'], _index: index });
const wanted = { entityFields: [], entityNormalise: true, excludeFields: [] };
const fields: EventFields = { timeField: '@timestamp', entityFields: ['user.name', 'source.ip'], entityNormalise: true, excludeFields: ['message'] };

describe('prepareHit', () => {
  it('takes time, entity, log type and technique, and leaves out what was excluded', () => {
    const source = {
      '@timestamp': '2024-05-01T10:00:00Z',
      user: { name: 'JDoe@example.com' },
      event: { dataset: 'azure.signinlogs' },
      threat: { technique: { id: ['T1078'], subtechnique: { id: ['T1078.004'] } } },
      message: 'secret',
    };
    expect(prepareHit(hit(source), fields)).toMatchObject({
      entity: 'jdoe',
      time: Date.UTC(2024, 4, 1, 10),
      logType: 'azure.signinlogs',
      technique: 'T1078.004',
      event: expect.not.objectContaining({ message: 'secret' }),
    });
  });

  it.each([
    ['.ds-logs-app-default-2024.05.01-000003', 'logs-app-default'],
    ['app-000012', 'app'],
    ['app', 'app'],
    [undefined, 'events'],
  ])('calls events of index %p %p when they do not say', (index, logType) => {
    expect(prepareHit(hit({ '@timestamp': 1714557600000, user: { name: 'a' } }, index), fields)).toMatchObject({ logType });
  });

  it('falls back to the next entity field', () =>
    expect(prepareHit(hit({ '@timestamp': 1714557600, user: { name: ' ' }, source: { ip: '10.0.0.1' } }), fields)).toMatchObject({ entity: '10.0.0.1' }));
  it('sets aside events without a time', () => expect(prepareHit(hit({ '@timestamp': 'yesterday', user: { name: 'a' } }), fields)).toBe('no_time'));
  it('sets aside events without an entity', () => expect(prepareHit(hit({ '@timestamp': 1714557600, user: { name: null } }), fields)).toBe('no_entity'));
});

describe('chooseFields', () => {
  it('finds the time field that most events have', () => {
    const sample = [...Array(8).fill(hit({ time: '2024-05-01', user: 'a' })), ...Array(2).fill(hit({ '@timestamp': '2024-05-01', user: 'a' }))];
    expect(chooseFields(sample, wanted).timeField).toBe('time');
  });

  it('keeps the entity fields that a person named, in his order', () =>
    expect(chooseFields([hit({ time: 1714557600, b: 'x' })], { ...wanted, entityFields: ['a', 'b'] }).entityFields).toEqual(['a', 'b']));

  it.each([
    ['no readable time', { when: '2024' }, {}, 'LYREBIRD_NO_TIME_FIELD'],
    ['the named time field missing', { time: '2024-05-01', user: 'a' }, { timeField: 'when' }, 'LYREBIRD_NO_TIME_FIELD'],
    ['no entity', { time: '2024-05-01', colour: 'red' }, {}, 'LYREBIRD_NO_ENTITY_FIELD'],
    ['the named entity field missing', { time: '2024-05-01', user: 'a' }, { entityFields: ['host'] }, 'LYREBIRD_NO_ENTITY_FIELD'],
  ])('%s is an error that says what to do', (_, source, options, code) => {
    expect(() => chooseFields([hit(source)], { ...wanted, ...options })).toThrow(expect.objectContaining({ code, hint: expect.stringContaining('Fields of the first event') }));
  });
});
