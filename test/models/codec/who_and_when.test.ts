import { entityName } from '../../../common';
import { fitCodec } from '../../../models/codec';
import type { PreparedEvent } from '../../../models/codec/types';
import { at, drawEvent, seeded, startOf } from './samples';

const START = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;

/** Sign-ins that say who and when in fields of their own, and calls under a role that each person has alone: too few to learn from who has what. */
function mixedStreams(people = 16, perPerson = 2): PreparedEvent[][] {
  const random = seeded(3);
  return Array.from({ length: people }, (_, person) => {
    const entity = `person-${person}`;
    return Array.from({ length: perPerson }, (_, i): PreparedEvent => {
      const time = START + (i * 37 + person) * MINUTE + Math.floor(random() * MINUTE);
      if (i % 2 === 0) return { entity, time, logType: 'sign-in', event: { '@timestamp': new Date(time).toISOString(), user: { name: entity }, app: `app-${i % 3}` } };
      const second = time - (time % 1000);
      const arn = `arn:aws:sts::1234:assumed-role/${String.fromCharCode(97 + person, 97 + (person >> 2))}-team/${entity}`;
      return { entity, time: second, logType: 'call', event: { eventTime: new Date(second).toISOString().replace('.000Z', 'Z'), userIdentity: { arn }, eventName: `Get${i % 5}` } };
    });
  });
}

describe('log types that say who and when each in its own field', () => {
  const streams = mixedStreams();
  const codec = fitCodec(streams, { timeField: '@timestamp', otherTimeFields: ['eventTime'], entityFields: ['user.name', 'userIdentity.arn'], entityNormalise: true });
  // Every token uniform among its candidates: the worst model there is.
  const calls = [0, 7, 15].flatMap((person) => {
    const random = seeded(person + 1);
    const stream = startOf(codec, streams[person], random);
    return Array.from({ length: 200 }, () => ({ ...drawEvent(stream, random), person })).filter(({ logType }) => logType === 'call');
  });

  it('are written with the time of the event in that field', () => {
    expect(calls.length).toBeGreaterThan(100);
    for (const { event, time } of calls) expect(Date.parse(event.eventTime as string)).toBe(time);
  });

  it('name nobody but the entity that they are written for', () => {
    for (const { event, person } of calls) expect(entityName(at(event, 'userIdentity', 'arn') as string, true)).toBe(`person-${person}`);
  });
});
