import { TECHNIQUE_IDS, TECHNIQUES, type SampleEvent } from '../../simulator';
import { END, groupBy, sample, standardSample, text, threatOf } from './sample';

const DAY = 86_400_000;
const START = END.getTime() - 30 * DAY;
const labelled = (phase: string): SampleEvent[] => standardSample().filter((e) => e.label?.phase === phase);
const share = (event: SampleEvent): number => (Date.parse(event.timestamp) - START) / (30 * DAY);

describe.each([
  ['exercise', 3, 4, 0.3, 0.6],
  ['attack', 2, 3, 0.8, 1],
] as const)('%s', (phase, fewest, most, from, to) => {
  it(`plays every technique ${fewest} to ${most} times`, () => {
    const byTechnique = groupBy(labelled(phase), (e) => e.label!.technique);
    expect([...byTechnique.keys()].sort()).toEqual([...TECHNIQUE_IDS].sort());
    for (const events of byTechnique.values()) {
      const instances = new Set(events.map((e) => e.label!.attack_id)).size;
      expect(instances).toBeGreaterThanOrEqual(fewest);
      expect(instances).toBeLessThanOrEqual(most);
    }
  });

  it('stays within its part of the period, spread over days and people', () => {
    for (const event of labelled(phase)) {
      expect(share(event)).toBeGreaterThanOrEqual(from);
      expect(share(event)).toBeLessThan(to);
    }
    expect(new Set(labelled(phase).map((e) => e.timestamp.slice(0, 10))).size).toBeGreaterThanOrEqual(phase === 'attack' ? 5 : 7);
    const starts = [...groupBy(labelled(phase), (e) => e.label!.attack_id).values()].map((events) => events[0].entity);
    expect(new Set(starts).size).toBeGreaterThan(starts.length / 2);
  });

  it('holds loud ones and quiet ones', () => {
    for (const technique of ['T1530', 'T1110.003', 'T1213.001', 'T1087.004']) {
      const sizes = [...groupBy(labelled(phase).filter((e) => e.label!.technique === technique), (e) => e.label!.attack_id).values()].map((events) => events.length);
      expect(Math.max(...sizes)).toBeGreaterThan(1.5 * Math.min(...sizes));
    }
  });
});

it('marks the exercise in the documents, as a detection pipeline would', () => {
  for (const event of labelled('exercise')) {
    const technique = TECHNIQUES[event.label!.technique as keyof typeof TECHNIQUES];
    const parent = 'parent' in technique ? technique.parent : technique;
    expect(text(event, 'threat.framework')).toBe('MITRE ATT&CK');
    expect([text(event, 'threat.tactic.id'), text(event, 'threat.tactic.name')]).toEqual([technique.tactic.id, technique.tactic.name]);
    expect([text(event, 'threat.technique.id'), text(event, 'threat.technique.name')]).toEqual([parent.id, parent.name]);
    expect(text(event, 'threat.technique.subtechnique.id')).toBe('parent' in technique ? technique.id : '');
    expect(text(event, 'threat.technique.subtechnique.name')).toBe('parent' in technique ? technique.name : '');
  }
});

it('leaves no trace of the labels in the documents of attacks and of everyday work', () => {
  for (const event of standardSample()) {
    if (event.label?.phase === 'exercise') continue;
    expect(threatOf(event)).toBeUndefined();
    if (event.label) expect(JSON.stringify(event._source)).not.toMatch(/attack|exercise|red.?team|kali|malic|hack|lyrebird/i);
  }
});

it('gives attackers no tools, programs or applications that only they have', () => {
  const everyday = standardSample().filter((e) => !e.label);
  const strangers = (path: string): SampleEvent[] => {
    const known = new Set(everyday.map((e) => text(e, path)));
    return labelled('attack').filter((e) => !known.has(text(e, path)));
  };
  for (const path of ['user_agent.name', 'azure.signinlogs.properties.app_display_name', 'azure.signinlogs.result_type']) expect(strangers(path).map((e) => `${path}=${text(e, path)}`)).toEqual([]);
  // A stranger's network may be new to the organisation, but not every attack comes from one.
  const attacks = new Set(labelled('attack').map((e) => e.label!.attack_id)).size;
  expect(new Set(strangers('source.as.organization.name').map((e) => e.label!.attack_id)).size).toBeLessThan(0.7 * attacks);
  const actions = new Set(everyday.map((e) => text(e, 'event.action')));
  const onlyAttackers = new Set(labelled('attack').map((e) => text(e, 'event.action')).filter((a) => !actions.has(a)));
  expect(onlyAttackers.size).toBeLessThanOrEqual(3);
});

it('is what each technique says', () => {
  const attacks = [...groupBy(standardSample().filter((e) => e.label), (e) => e.label!.attack_id).values()];
  const of = (technique: string): SampleEvent[][] => attacks.filter((events) => events[0].label!.technique === technique);
  const actions = (events: SampleEvent[]): string[] => events.map((e) => text(e, 'event.action'));
  for (const events of of('T1110.003')) expect(new Set(events.map((e) => e.entity)).size).toBeGreaterThanOrEqual(8);
  for (const events of of('T1621')) expect(events.filter((e) => text(e, 'azure.signinlogs.result_type') === '500121').length).toBeGreaterThanOrEqual(4);
  for (const events of of('T1098.001')) expect(actions(events)).toContain('CreateAccessKey');
  for (const events of of('T1136.003')) expect(actions(events)).toContain('CreateUser');
  for (const events of of('T1562.008')) expect(actions(events).some((a) => ['StopLogging', 'DeleteTrail', 'PutEventSelectors'].includes(a))).toBe(true);
  for (const events of of('T1530')) expect(actions(events).filter((a) => a === 'GetObject').length).toBeGreaterThanOrEqual(14);
  for (const events of of('T1087.004')) expect(actions(events)).toContain('ListUsers');
  for (const events of of('T1213.001')) expect(events.filter((e) => text(e, 'confluence.audit.type.action') === 'Page viewed').length).toBeGreaterThanOrEqual(8);
  for (const events of of('T1078.004')) {
    const usual = new Set(standardSample().filter((e) => !e.label && e.entity === events[0].entity && Date.parse(e.timestamp) < Date.parse(events[0].timestamp)).map((e) => text(e, 'source.geo.country_iso_code')));
    expect(events.every((e) => !usual.has(text(e, 'source.geo.country_iso_code')))).toBe(true);
  }
});

it('is rare: a few events in a hundred', () => {
  expect(standardSample().filter((e) => e.label).length / standardSample().length).toBeLessThan(0.06);
});

it('plays as many as are asked for, on the same everyday work', () => {
  const options = { users: 20, days: 10 };
  const [many, none] = [sample({ ...options, attacks: 6 }), sample({ ...options, attacks: 0 })];
  for (const phase of ['exercise', 'attack']) {
    for (const events of groupBy(many.filter((e) => e.label?.phase === phase), (e) => e.label!.technique).values()) expect(new Set(events.map((e) => e.label!.attack_id)).size).toBe(6);
  }
  expect(none.every((e) => e.label === undefined)).toBe(true);
  expect(many.filter((e) => !e.label).map((e) => e._source)).toEqual(none.map((e) => e._source));
  expect(() => sample({ ...options, attacks: -1 })).toThrow('attacks is -1');
});
