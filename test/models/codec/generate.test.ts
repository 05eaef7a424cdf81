import { LyrebirdError, type LogEvent } from '../../../common';
import { fitCodec } from '../../../models/codec';
import { at, drawEvent, decodeExactly, fitOffice, officeStreams, plain, seeded, startOf } from './samples';

const streams = officeStreams();
const codec = fitOffice(streams);
const ids = new Set(streams.flat().map(({ event }) => at(event, 'event', 'id')));
const cityOf = new Map(streams.flat().flatMap(({ event }) => (at(event, 'source', 'ip') ? [[at(event, 'source', 'ip'), at(event, 'source', 'geo')]] : [])));

/** Events drawn with every token uniform among its candidates: the worst model there is. */
function draw(count: number, person = 0, seed = 1) {
  const random = seeded(seed);
  const stream = startOf(codec, streams[person], random);
  return Array.from({ length: count }, () => drawEvent(stream, random));
}

describe('decoding without a residual', () => {
  const events = [0, 5, 11].flatMap((person) => draw(300, person, person + 1).map((drawn) => ({ ...drawn, person })));
  const signIns = events.filter(({ logType }) => logType === 'sign-in');
  const audits = events.filter(({ logType }) => logType === 'audit');

  it('ends within a bound and gives JSON objects of known log types', () => {
    expect(signIns.length).toBeGreaterThan(100);
    expect(audits.length).toBeGreaterThan(100);
    for (const { event, tokens } of events) {
      expect(tokens.length).toBeLessThan(2000);
      expect(plain(event)).toEqual(event);
    }
  });

  it('never goes back in time, and writes the time as the log type does', () => {
    for (const person of [0, 5, 11]) {
      let previous = streams[person][0].time;
      for (const { time, event } of events.filter((drawn) => drawn.person === person)) {
        expect(time).toBeGreaterThanOrEqual(previous);
        expect(Date.parse(event['@timestamp'] as string)).toBe(time);
        previous = time;
      }
    }
    for (const { event } of audits) {
      expect(event.eventTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(Date.parse(event.eventTime as string)).toBe(Date.parse(event['@timestamp'] as string));
    }
  });

  it('keeps what follows from the entity', () => {
    for (const { event, person } of signIns) {
      const name = streams[person][0].entity;
      expect(event.user).toEqual({ name, upn: `${name}@example.com`, display: name.toUpperCase() });
    }
    for (const { event, person } of audits) expect(event.arn).toBe(`arn:aws:iam::1234:user/${streams[person][0].entity}`);
  });

  it('never puts an address into another place, nor gives a person another one\'s address', () => {
    for (const { event, person } of signIns) {
      const ip = at(event, 'source', 'ip');
      expect(at(event, 'source', 'address')).toBe(ip);
      expect(at(event, 'source', 'geo')).toEqual(cityOf.get(ip));
      expect(String(ip).split('.')[1]).toBe(String(person));
    }
  });

  it('puts strings together from the fields they are made of', () => {
    for (const { event } of audits) {
      expect(event.request_text).toBe(`{bucketName=${String(at(event, 'request', 'bucketName'))}, key=${String(at(event, 'request', 'key'))}}`);
    }
  });

  it('draws fresh ids in the format, and keeps session ids within the stream', () => {
    const drawn = signIns.map(({ event }) => at(event, 'event', 'id'));
    expect(new Set(drawn).size).toBe(drawn.length);
    for (const id of drawn) {
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(ids.has(id)).toBe(false);
    }
    const sessions = signIns.map(({ event }) => at(event, 'session', 'id') as string);
    for (const session of sessions) expect(session).toMatch(/^sess-[0-9a-f]{16}$/);
    expect(new Set(sessions).size).toBeLessThan(sessions.length);
    // What hangs on a session stays as it is for as long as the session goes on.
    const began = new Map<unknown, unknown>();
    for (const { event } of signIns) {
      const id = at(event, 'session', 'id');
      if (began.has(id)) expect(at(event, 'session', 'began')).toBe(began.get(id));
      began.set(id, at(event, 'session', 'began'));
    }
  });

  it('keeps null, {}, [] and absence apart', () => {
    for (const { event } of signIns) {
      expect(event.tags).toEqual([]);
      expect(event.extra).toEqual({});
      const failed = at(event, 'event', 'outcome') === 'failure';
      expect(event.error).toEqual(failed ? { code: 50126, reason: 'bad password' } : null);
    }
  });

  it('gives the same event again when encoded', () => {
    for (const person of [0, 5]) {
      const encoder = startOf(codec, streams[person]);
      const decoder = startOf(codec, streams[person]);
      for (const { event, time, logType, tokens } of events.filter((drawn) => drawn.person === person).slice(0, 200)) {
        const encoded = encoder.encode({ entity: streams[person][0].entity, time, logType, event });
        expect(decodeExactly(decoder, encoded)).toEqual({ event, time, logType });
        // Drawn bytes that are no text became U+FFFD, three bytes each.
        if (!JSON.stringify(event).includes('\ufffd')) expect(encoded.tokens.length).toBeLessThanOrEqual(tokens.length + 5);
      }
    }
  });

  it('writes for an entity that it has never seen', () => {
    const random = seeded(4);
    const stream = codec.startStream({ entity: 'newcomer', time: streams[0][0].time, random });
    for (let i = 0; i < 100; i++) {
      const { event, logType } = drawEvent(stream, random);
      if (logType === 'sign-in') expect(at(event, 'user', 'upn')).toBe('newcomer@example.com');
    }
    expect(stream.entity).toBe(0);
  });

  it('refuses a token that is not among the candidates', () => {
    const decoder = startOf(codec, streams[0], seeded(1)).decode();
    expect(() => decoder.push(codec.bos)).toThrow(expect.objectContaining({ code: 'LYREBIRD_CORRUPT' }));
  });

  it('gives the same events for the same random numbers', () => {
    expect(draw(20, 3, 9)).toEqual(draw(20, 3, 9));
    expect(draw(20, 3, 9)).not.toEqual(draw(20, 3, 10));
  });
});

describe('pins', () => {
  const drawPinned = (pins: Array<[string, string | number | boolean | null]>, count = 60, logTypes?: string[]): Array<{ event: LogEvent; logType: string }> => {
    const random = seeded(2);
    const stream = startOf(codec, streams[0], random);
    return Array.from({ length: count }, () => drawEvent(stream, random, { pins: new Map(pins), ...(logTypes && { logTypes: new Set(logTypes) }) }));
  };

  it.each([
    ['event.outcome', 'failure'],
    ['source.geo.city_name', 'Lyon'],
    ['source.geo.location.lat', 45.76],
    ['source.ip', '10.0.1.7'],
    ['source.address', '10.0.1.7'],
    ['took', 700],
    ['request.bucketName', 'backup'],
    ['readOnly', true],
  ])('writes only events where %s is %s', (path, value) => {
    codec.checkPins(new Map([[path, value]]));
    for (const { event } of drawPinned([[path, value]])) expect(at(event, ...path.split('.'))).toBe(value);
  });

  it('chooses what determines a pinned field, so that both agree', () => {
    for (const { event } of drawPinned([['source.geo.city_name', 'Lyon']])) expect(at(event, 'source', 'ip')).toBe('10.0.1.7');
    for (const { event } of drawPinned([['error.code', 50126]])) expect(at(event, 'event', 'outcome')).toBe('failure');
  });

  it('takes numbers and booleans as text', () => {
    for (const { event } of drawPinned([['readOnly', 'true']])) expect(event.readOnly).toBe(true);
    for (const { event } of drawPinned([['error.code', '50126']])) expect(at(event, 'error', 'code')).toBe(50126);
  });

  it('writes only the log types asked for', () => {
    expect(new Set(drawPinned([], 40, ['audit']).map(({ logType }) => logType))).toEqual(new Set(['audit']));
  });

  it('says which fields and values are near when there is no such one', () => {
    const thrown = (pins: Array<[string, string]>): LyrebirdError => {
      try {
        codec.checkPins(new Map(pins));
      } catch (error) {
        return error as LyrebirdError;
      }
      throw new Error('Nothing was thrown.');
    };
    expect(thrown([['source.geo.city', 'Lyon']])).toMatchObject({ code: 'LYREBIRD_UNKNOWN_FIELD', hint: expect.stringContaining('source.geo.city_name') });
    expect(thrown([['source.geo.city_name', 'Lyons']])).toMatchObject({ code: 'LYREBIRD_UNKNOWN_VALUE', hint: expect.stringContaining('Lyon') });
    expect(thrown([['source.geo.city_name', 'Lyon'], ['request.bucketName', 'logs']])).toMatchObject({ code: 'LYREBIRD_UNKNOWN_VALUE' });
  });
});

describe('a codec fitted on few events', () => {
  it('still draws valid events', () => {
    const stream = officeStreams(1, 3)[0];
    const small = fitCodec([stream], { timeField: '@timestamp', entityFields: [], entityNormalise: true });
    const random = seeded(3);
    const drawn = startOf(small, stream, random);
    for (let i = 0; i < 50; i++) expect(plain(drawEvent(drawn, random).event)).toBeDefined();
  });
});
