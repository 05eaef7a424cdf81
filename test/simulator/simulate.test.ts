import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { LyrebirdError } from '../../common';
import { DATASETS, periodOf, simulate, TECHNIQUE_IDS, type SampleEvent, type SimulateOptions } from '../../simulator';
import { END, groupBy, isPerson, sample, standardSample, text, violation } from './sample';

const DAY = 86_400_000;
const digest = (events: Iterable<SampleEvent>): string => {
  const hash = createHash('sha256');
  for (const event of events) hash.update(JSON.stringify(event));
  return hash.digest('hex');
};

describe('the default sample', () => {
  it('has about 40,000 events, of all three log types, of 80 accounts, over 30 days', () => {
    const events = standardSample();
    expect(events.length).toBeGreaterThan(36_000);
    expect(events.length).toBeLessThan(46_000);
    const counts = groupBy(events, (e) => e.dataset);
    for (const dataset of DATASETS) expect(counts.get(dataset)!.length / events.length).toBeGreaterThan(0.15);
    expect(new Set(events.map((e) => e.entity)).size).toBe(80);
    expect(new Set(events.map((e) => e.timestamp.slice(0, 10))).size).toBe(30);
  });

  it('keeps its invariants: time order, period, unique ids, one login per person, marks only on the exercise', () => {
    expect(violation(standardSample(), END.getTime() - 30 * DAY, END.getTime())).toBeUndefined();
  });

  it('works on weekdays and in the day time of where people are', () => {
    const people = standardSample().filter((e) => isPerson(e) && !e.label);
    const weekend = people.filter((e) => [0, 6].includes(new Date(e.timestamp).getUTCDay())).length / people.length;
    expect(weekend).toBeGreaterThan(0.005);
    expect(weekend).toBeLessThan(0.1);
    const berlin = people.filter((e) => text(e, 'source.geo.city_name') === 'Berlin');
    const atNight = berlin.filter((e) => [23, 0, 1, 2, 3].includes(new Date(e.timestamp).getUTCHours())).length / berlin.length;
    expect(atNight).toBeLessThan(0.02);
    const boston = people.filter((e) => text(e, 'source.geo.city_name') === 'Boston');
    const earlyUtc = boston.filter((e) => new Date(e.timestamp).getUTCHours() < 10).length / boston.length;
    expect(earlyUtc).toBeLessThan(0.1);
  });

  it('gives people habits of their own that last', () => {
    const signIns = standardSample().filter((e) => e.dataset === 'azure.signinlogs' && !e.label);
    const half = END.getTime() - 15 * DAY;
    let kept = 0;
    let people = 0;
    for (const events of groupBy(signIns, (e) => e.entity).values()) {
      if (events.length < 120) continue;
      people++;
      const top = (part: SampleEvent[]): [string, number][] => [...groupBy(part, (e) => text(e, 'azure.signinlogs.properties.app_display_name'))].map(([k, v]) => [k, v.length] as [string, number]).sort((a, b) => b[1] - a[1]);
      const all = top(events);
      expect(all.slice(0, 4).reduce((sum, [, n]) => sum + n, 0) / events.length).toBeGreaterThan(0.4);
      const later = top(events.filter((e) => Date.parse(e.timestamp) >= half)).slice(0, 3).map(([k]) => k);
      if (later.includes(top(events.filter((e) => Date.parse(e.timestamp) < half))[0][0])) kept++;
    }
    expect(people).toBeGreaterThan(40);
    expect(kept / people).toBeGreaterThan(0.85);
  });

  it('signs in before use: AWS and the wiki are entered through the identity provider', () => {
    const HOURS = 10 * 3_600_000;
    const signedIn = new Map<string, number>();
    const issued = new Map<string, string>();
    let api = 0;
    let wiki = 0;
    for (const event of standardSample()) {
      const time = Date.parse(event.timestamp);
      if (event.dataset === 'azure.signinlogs') {
        if (text(event, 'azure.signinlogs.result_type') === '0') signedIn.set(`${event.entity} ${text(event, 'azure.signinlogs.properties.app_display_name')}`, time);
      } else if (event.dataset === 'confluence.audit') {
        wiki++;
        expect(time - (signedIn.get(`${event.entity} Confluence`) ?? 0)).toBeLessThan(HOURS);
      } else if (isPerson(event)) {
        api++;
        expect(time - (signedIn.get(`${event.entity} AWS IAM Identity Center`) ?? 0)).toBeLessThan(HOURS);
        if (text(event, 'event.action') === 'AssumeRoleWithSAML') issued.set(text(event, 'aws.cloudtrail.flattened.response_elements.credentials.accessKeyId'), event.entity);
        else expect(issued.get(text(event, 'aws.cloudtrail.user_identity.access_key_id'))).toBe(event.entity);
      }
    }
    expect(api).toBeGreaterThan(5000);
    expect(wiki).toBeGreaterThan(5000);
  });

  it('gives every address one place and one network', () => {
    const places = new Map<string, string>();
    for (const event of standardSample()) {
      const ip = text(event, 'source.ip');
      if (!ip) continue;
      const place = JSON.stringify((event._source.source as { geo: unknown; as: unknown }).geo) + text(event, 'source.as.number');
      expect(places.get(ip) ?? place).toBe(place);
      places.set(ip, place);
    }
    expect(places.size).toBeGreaterThan(150);
  });

  it('names a person the same in all three log types, printed as each of them does', () => {
    const printed = groupBy(standardSample().filter((e) => isPerson(e)), (e) => e.entity);
    let everywhere = 0;
    for (const [login, events] of printed) {
      const by = groupBy(events, (e) => e.dataset);
      if (by.size === 3) everywhere++;
      for (const e of by.get('aws.cloudtrail') ?? []) expect(text(e, 'user.name')).toBe(`${login}@example.com`);
      for (const e of by.get('azure.signinlogs') ?? []) expect(text(e, 'user.name')).toBe(login);
      expect(new Set(by.get('azure.signinlogs')!.map((e) => text(e, 'azure.signinlogs.properties.user_id'))).size).toBe(1);
    }
    expect(everywhere).toBeGreaterThan(30);
  });

  it('repeats ids where real logs do: attempts of one sign-in, calls of one session', () => {
    const events = standardSample();
    const attempts = groupBy(events.filter((e) => e.dataset === 'azure.signinlogs'), (e) => text(e, 'azure.correlation_id'));
    const several = [...attempts.values()].filter((group) => group.length > 1);
    expect(several.length).toBeGreaterThan(500);
    for (const group of several) expect(new Set(group.map((e) => e.entity)).size).toBe(1);
    const requests = events.map((e) => text(e, 'event.id')).filter(Boolean);
    expect(new Set(requests).size).toBe(requests.length);
  });

  it('lets browsers grow older: versions rise over the period', () => {
    const chrome = standardSample().filter((e) => text(e, 'user_agent.name') === 'Edge');
    const major = (e: SampleEvent): number => Number(text(e, 'user_agent.version').split('.')[0]);
    const mean = (part: SampleEvent[]): number => part.reduce((sum, e) => sum + major(e), 0) / part.length;
    expect(mean(chrome.slice(-1000))).toBeGreaterThan(mean(chrome.slice(0, 1000)) + 0.5);
  });
});

describe('options', () => {
  it('gives the same bytes for the same options and others for another seed', () => {
    const options = { users: 12, days: 6, end: END };
    expect(digest(simulate(options))).toBe(digest(simulate(options)));
    expect(digest(simulate({ ...options, seed: 2 }))).not.toBe(digest(simulate(options)));
  });

  it('ends at the last UTC midnight unless told otherwise', () => {
    const { end, start } = periodOf({ days: 3 });
    expect(end % DAY).toBe(0);
    expect(Date.now() - end).toBeLessThan(DAY);
    expect(end - start).toBe(3 * DAY);
  });

  it('writes about as many events a day as wanted', () => {
    for (const eventsPerDay of [100, 1000]) {
      const events = sample({ users: 20, days: 14, eventsPerDay }).filter((e) => !e.label);
      expect(events.length / 14 / eventsPerDay).toBeGreaterThan(0.7);
      expect(events.length / 14 / eventsPerDay).toBeLessThan(1.35);
    }
  });

  it('keeps the same people when there are more of them', () => {
    const people = (users: number): string[] => [...new Set(sample({ users, days: 8 }).map((e) => e.entity))];
    const more = new Set(people(30));
    for (const login of people(10)) expect(more.has(login)).toBe(true);
  });

  it.each<[SimulateOptions, RegExp]>([
    [{ users: 0 }, /users is 0/],
    [{ users: 1.5 }, /users is 1\.5/],
    [{ days: 0 }, /days is 0/],
    [{ seed: -1 }, /seed is -1/],
    [{ end: new Date('nonsense') }, /end is Invalid Date/],
    [{ eventsPerDay: 0 }, /eventsPerDay is 0/],
  ])('refuses %j with a reason', (options, message) => {
    const attempt = (): unknown => simulate(options).next();
    expect(attempt).toThrow(LyrebirdError);
    expect(attempt).toThrow(message);
  });

  it('keeps the invariants for any options', () => {
    fc.assert(
      fc.property(
        fc.record({
          users: fc.integer({ min: 1, max: 25 }),
          days: fc.integer({ min: 1, max: 9 }),
          seed: fc.nat({ max: 2 ** 31 - 1 }),
          end: fc.date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
          eventsPerDay: fc.option(fc.integer({ min: 5, max: 600 }), { nil: undefined }),
        }),
        (options) => {
          const events = [...simulate(options)];
          const end = options.end.getTime();
          expect(violation(events, end - options.days * DAY, end)).toBeUndefined();
          for (const phase of ['exercise', 'attack']) {
            const played = new Set(events.filter((e) => e.label?.phase === phase).map((e) => e.label!.technique));
            expect([...played].sort()).toEqual([...TECHNIQUE_IDS].sort());
          }
        }
      ),
      { numRuns: 15 }
    );
  });
});
