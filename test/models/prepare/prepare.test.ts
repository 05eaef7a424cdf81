import type { LogHit } from '../../../common';
import { chooseFields, findEntityFields, findTimeFields, prepareHit } from '../../../models/prepare';
import type { EventFields } from '../../../models/prepare';

const hit = (source: object, index?: string): LogHit => ({ _source: source as LogHit['_source'], _index: index });
const wanted = { entityFields: [], entityNormalise: true, excludeFields: [] };
const fields: EventFields = { timeField: '@timestamp', entityFields: ['user.name', 'source.ip'], entityNormalise: true, excludeFields: ['message'] };

describe('an entity within a text', () => {
  const lines = (...messages: string[]) => messages.map((message) => hit({ '@timestamp': '2024-05-01T10:00:00Z', message }, 'dfs'));
  const pattern = { ...wanted, entityPattern: 'blk_-?\\d+', sessions: true };

  it('is what the pattern finds in the message, where no field is named', () => {
    const chosen = chooseFields(lines('no block', 'Deleting block blk_-42 file'), pattern);
    expect(chosen).toMatchObject({ entityPattern: 'blk_-?\\d+', sessions: true });
    expect(lines('Served blk_7 and blk_8', 'none').map((line) => prepareHit(line, chosen))).toMatchObject([{ entity: 'blk_7' }, 'no_entity']);
  });

  it('is the first group of the pattern, as it stands in the text', () => {
    const chosen = chooseFields(lines('[req-AB-1 - -] GET'), { ...pattern, entityFields: ['message'], entityPattern: '\\[req-(\\S+)' });
    expect(prepareHit(lines('[req-AB-1 - -] GET')[0], chosen)).toMatchObject({ entity: 'AB-1' });
  });

  it('must be found in some event', () => {
    expect(() => chooseFields(lines('none', 'here'), pattern)).toThrow(expect.objectContaining({ code: 'LYREBIRD_NO_ENTITY_FIELD', message: expect.stringContaining('/blk_-?\\d+/') }));
  });
});

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

  it('of chosen fields keeps these, and what says when, who and what', () => {
    const source = { '@timestamp': '2024-05-01T10:00:00Z', user: { name: 'a', roles: ['x'] }, 'source.ip': '10.0.0.1', source: { geo: { city_name: 'Graz' }, port: 1 }, event: { dataset: 'd', id: 'y' } };
    expect(prepareHit(hit(source), { ...fields, onlyFields: ['source.geo.*'] })).toMatchObject({
      entity: 'a',
      event: { '@timestamp': '2024-05-01T10:00:00Z', user: { name: 'a' }, source: { geo: { city_name: 'Graz' } }, event: { dataset: 'd' } },
    });
    expect(prepareHit(hit(source), { ...fields, onlyFields: ['source.ip'] })).toHaveProperty(['event', 'source.ip'], '10.0.0.1');
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
    ['a field to learn missing', { time: '2024-05-01', user: 'a' }, { onlyFields: ['user', 'source.geo.*'] }, 'LYREBIRD_UNKNOWN_FIELD'],
  ])('%s is an error that says what to do', (_, source, options, code) => {
    expect(() => chooseFields([hit(source)], { ...wanted, ...options })).toThrow(expect.objectContaining({ code, hint: expect.stringContaining('Fields of the first event') }));
  });

  it('finds when and who of each log shape, and reads its events by them', () => {
    const shapes = [
      { '@timestamp': '2024-05-01', user: 'ada' },
      { published: '2024-05-02T00:00:00Z', updated: '2024-06-01T00:00:00Z', protoPayload: { authenticationInfo: { principalEmail: 'bob@example.com' } } },
      { ts: 1714694400, srcAddr: '10.0.0.9', dstAddr: '10.0.0.1' },
    ];
    const chosen = chooseFields(shapes.map((source) => hit(source)), wanted);
    expect(chosen).toMatchObject({ timeField: '@timestamp', otherTimeFields: ['ts', 'published'] });
    expect(shapes.map((source) => prepareHit(hit(source), chosen))).toEqual([
      expect.objectContaining({ entity: 'ada', time: Date.UTC(2024, 4, 1) }),
      expect.objectContaining({ entity: 'bob', time: Date.UTC(2024, 4, 2) }),
      expect.objectContaining({ entity: '10.0.0.9', time: Date.UTC(2024, 4, 3) }),
    ]);
  });
});

describe('findEntityFields', () => {
  it.each([
    [{ actor: { alternateId: 'ada@example.com', displayName: 'Ada', type: 'User' }, client: { ipAddress: '10.0.0.1' } }, 'actor.alternateId'],
    [{ USER_NAME: 'ADA', CLIENT_IP: '10.0.0.1' }, 'USER_NAME'],
    [{ target_user: { email: 'eve@example.com' }, actor_user_name: 'ada' }, 'actor_user_name'],
    [{ requestParameters: { userName: 'eve' }, principalEmail: 'ada@example.com' }, 'principalEmail'],
    [{ Hostname: 'web-1', sourceIPAddress: '10.0.0.1', CallerProcessName: 'lsass.exe' }, 'Hostname'],
    [{ userAgent: 'curl/8', httprequest: { clientip: '10.0.0.1' } }, 'httprequest.clientip'],
    [{ user: { username: 'system:admin', groups: ['a'] } }, 'user.username'],
    [{ userDescription: 'ada who lives on the other side of the hill' }, undefined],
    [{ isAdmin: 'yes', user_agent: 'curl', status: 'ok', message: 'hello' }, undefined],
  ])('of %j is %p', (source, expected) => expect(findEntityFields([hit(source)], ['user'])).toEqual(expected === undefined ? [] : [expected]));
});

describe('findTimeFields', () => {
  it.each([
    [{ eventtime: '2024-05-01T10:00:00Z', p_parse_time: '2024-05-02T10:00:00Z' }, 'eventtime'],
    [{ requestReceivedTimestamp: '2024-05-01T10:00:00Z', token: { expirationTimestamp: '2025-05-01T10:00:00Z' } }, 'requestReceivedTimestamp'],
    [{ createdAt: '2024-05-01T10:00:00Z', updatedAt: '2024-05-01T10:00:00Z' }, 'createdAt'],
    [{ id: { time: '2024-05-01T10:00:00Z' }, parameters: { start_time: 1714557600 } }, 'id.time'],
    [{ date_create: 1714557600, timezone: 'UTC' }, 'date_create'],
    [{ elapsed_time: 120, lastModified: '2024-05-01T10:00:00Z', created_by: { id: 1714557600 } }, undefined],
  ])('of %j is %p', (source, expected) => expect(findTimeFields([hit(source)])).toEqual(expected === undefined ? [] : [expected]));
});
