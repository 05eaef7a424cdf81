import { reportSchema } from '../../../common';
import type { LogEvent, Report } from '../../../common';
import { reportPage } from '../../../models/evaluate/html/page';
import type { PreparedEvent } from '../../../models/codec/types';
import { CUTOFF, DAY, copyOf, figureOf, report, sampleEvents } from './sample_corpus';

let real: PreparedEvent[];
let heldout: PreparedEvent[];
beforeAll(() => {
  real = sampleEvents(3);
  heldout = real.filter(({ time }) => time >= CUTOFF);
});

const DISTANCES = ['categorical_distance', 'numeric_distance', 'numeric_ks', 'association_difference', 'user_place', 'user_app', 'user_device', 'user_address', 'user_action', 'user_hour', 'hour_of_week', 'action_bigrams', 'action_transitions', 'session_length', 'events_per_entity_day', 'gap'] as const;

describe('a report on the held-out events themselves', () => {
  let same: Report;
  beforeAll(async () => {
    same = await report(real, heldout);
  });

  it('follows its schema', () => {
    expect(() => reportSchema.parse(JSON.parse(JSON.stringify(same)))).not.toThrow();
  });

  it.each(DISTANCES)('has no %s, and a floor above 0', (id) => {
    const { value, floor, verdict, note } = figureOf(same, id);
    expect(value).toBeCloseTo(0, 9);
    expect(floor).toBeGreaterThan(0);
    expect(verdict).toBe(id === 'numeric_ks' || note?.startsWith('Too few') ? 'none' : 'met');
  });

  it('judges nothing by too few observations, and says how many there were', () => {
    // A week of three entities.
    const { verdict, note, observations } = figureOf(same, 'events_per_entity_day');
    expect(observations!.count).toBeLessThanOrEqual(21);
    expect(verdict).toBe('none');
    expect(note).toBe(`Too few to tell: ${observations!.count} days on which an entity has events; 200 are needed.`);
  });

  it('says why where nothing can be measured', () => {
    for (const { value, note } of same.figures) if (value === null) expect(note).toMatch(/\w{3}.*\.$/);
  });

  it('finds their sessions as coherent as they are', () => {
    expect(figureOf(same, 'id_repeats').value).toBe(0);
    expect(figureOf(same, 'time_order').value).toBe(1);
    expect(figureOf(same, 'sign_in_first').value).toBe(figureOf(same, 'sign_in_first').floor);
    const request = same.sessions!.ids.find(({ path }) => path.endsWith('correlation_id'))!;
    // Attempts of one sign-in share it.
    expect(request.repeats.heldout).toBeGreaterThan(0.05);
    expect(request.repeats.heldout).toBeLessThan(0.5);
    expect(request.elsewhere.heldout).toBe(0);
    expect(same.sessions!.sign_in!.actions).toContain('Sign-in activity / success');
  });

  it('finds nobody who could tell them apart', () => {
    expect(figureOf(same, 'discriminator_auc').value).toBeLessThan(0.55);
    expect(figureOf(same, 'discriminator_steady').value).toBeLessThan(0.55);
    expect(figureOf(same, 'volume').value).toBe(1);
  });

  it('finds them as true to rules and owners, and as much copied, as real events are', () => {
    for (const id of ['dependency_violations', 'entity_bleed', 'right_entity', 'id_format'] as const) {
      const { value, floor } = figureOf(same, id);
      expect(value).not.toBeNull();
      expect(value).toBe(floor);
    }
    const { value, floor } = figureOf(same, 'exact_copies');
    expect(Math.abs(value! - floor!)).toBeLessThan(0.15);
    // A held-out event is its own nearest neighbour.
    expect(figureOf(same, 'closest_record_share').value).toBeLessThan(0.5);
    expect(same.privacy.copied_ids.values).toBe(0);
  });

  it('has a page that loads nothing from elsewhere and has no scripts', () => {
    const page = reportPage(same);
    const tags = page.match(/<[^>]+>/g)!;
    expect(tags.filter((tag) => /\s(src|href|srcset|data|action|poster|xlink:href|on\w+)\s*=/i.test(tag))).toEqual([]);
    expect(tags.filter((tag) => /^<(script|link|iframe|object|embed|img|base|form)/i.test(tag))).toEqual([]);
    expect(page).not.toMatch(/url\(|@import/);
    expect((page.match(/<svg/g) ?? []).length).toBeGreaterThan(30);
    // What is opened is closed.
    for (const tag of ['svg', 'table', 'details', 'div', 'g']) expect(page.match(new RegExp(`<${tag}[ >]`, 'g'))!.length).toBe(page.match(new RegExp(`</${tag}>`, 'g'))!.length);
  });
});

describe('a report on copies of training events', () => {
  let copies: Report;
  beforeAll(async () => {
    // The week before, written again a week later.
    const week = real.filter(({ time }) => time >= CUTOFF - 7 * DAY && time < CUTOFF);
    copies = await report(real, week.map((event) => ({ ...event, time: event.time + 7 * DAY })));
  });

  it('shows them as near to the held-out events as the floor, and as copies', () => {
    for (const id of ['user_place', 'user_hour', 'action_bigrams', 'session_length'] as const) {
      const { value, floor_range } = figureOf(copies, id);
      const floor = floor_range ?? [figureOf(copies, id).floor!, figureOf(copies, id).floor!];
      expect(value).toBeGreaterThanOrEqual(floor[0] - 1e-9);
      expect(value).toBeLessThanOrEqual(floor[1] + 1e-9);
    }
    // Half of the copied events are of the half that stands for training; the others are what the floor is made of.
    const { value, floor, verdict } = figureOf(copies, 'closest_record_share');
    expect(value).toBeGreaterThan(floor! + 0.02);
    expect(verdict).toBe('missed');
    expect(figureOf(copies, 'exact_copies').value).toBeGreaterThan(figureOf(copies, 'exact_copies').floor!);
    expect(copies.privacy.copied_ids.share).toBe(1);
    expect(copies.privacy.copied_ids.values).toBeGreaterThan(100);
  });
});

describe('a report on events that are wrong', () => {
  it('names values of other entities', async () => {
    const [first, second] = [...new Set(heldout.map(({ entity }) => entity))];
    const address = (entity: string) => real.find((event) => event.entity === entity && event.logType === 'azure.signinlogs' && event.time < CUTOFF)!.event.source as LogEvent;
    const stolen = address(second);
    const swapped = heldout.map((event) => (event.entity === first && event.logType === 'azure.signinlogs' ? copyOf(event, (source) => (source.user = { ...(source.user as LogEvent), full_name: nameOf(second) })) : event));
    const of = await report(real, swapped);
    const share = heldout.filter((event) => event.entity === first && event.logType === 'azure.signinlogs').length / heldout.length;
    expect(stolen).toBeDefined();
    expect(share).toBeGreaterThan(0.01);
    expect(figureOf(of, 'right_entity').value).toBeCloseTo(1 - share, 6);
    expect(figureOf(of, 'entity_bleed').value).toBeGreaterThanOrEqual(share);
    expect(of.log_types.find(({ name }) => name === 'azure.signinlogs')!.bleed[0].path).toBe('user.full_name');
    expect(of.entities.find(({ name }) => name === first)!.bleed).toBeGreaterThanOrEqual(Math.round(share * heldout.length));
    expect(figureOf(of, 'entity_bleed').verdict).toBe('missed');
  });

  it('names dependencies that break', async () => {
    let broken = 0;
    const wrong = heldout.map((event, i) => {
      const id = (((event.event.azure as LogEvent)?.signinlogs as LogEvent)?.properties as LogEvent)?.app_id;
      if (id === undefined || i % 3 !== 0) return event;
      broken++;
      return copyOf(event, (source) => (((source.azure as LogEvent).signinlogs as LogEvent).properties = { ...(((source.azure as LogEvent).signinlogs as LogEvent).properties as LogEvent), app_display_name: 'Another application' }));
    });
    const of = await report(real, wrong);
    // Real events break a few themselves.
    const { value, floor, verdict } = figureOf(of, 'dependency_violations');
    expect(value).toBeGreaterThanOrEqual(broken / heldout.length);
    expect(value).toBeLessThanOrEqual(broken / heldout.length + floor! + 1e-9);
    expect(verdict).toBe('missed');
    const { worst } = of.log_types.find(({ name }) => name === 'azure.signinlogs')!.dependencies;
    expect(worst[0]).toMatchObject({ from: expect.stringMatching(/app_id$/), to: expect.stringMatching(/app_display_name$/), heldout: 0, example: expect.stringContaining('Another application') });
  });

  it('knows events that have nothing of the real ones', async () => {
    const other = heldout.map((event, i) => ({ ...event, event: { '@timestamp': event.event['@timestamp'], event: { dataset: event.logType, action: `x${i % 7}` }, message: `<script>alert("${i % 5}")</script>` } as LogEvent }));
    const of = await report(real, other);
    expect(figureOf(of, 'discriminator_auc').value).toBeGreaterThan(0.99);
    expect(figureOf(of, 'user_action').value).toBe(1);
    const fields = of.log_types.flatMap(({ fields: all }) => all);
    // Absent throughout: the distance is the share of events that have it.
    for (const field of fields.filter(({ kind, absent }) => kind === 'categorical' && absent.synthetic === 1)) expect(field.distance).toBeCloseTo(1 - field.absent.heldout, 9);
    for (const { distance } of fields.filter(({ kind }) => kind === 'number' || kind === 'time')) expect(distance).toBeNull();

    const page = reportPage({ ...of, notes: ['"</style><img src=x onerror=alert(1)>'] });
    expect(page).not.toMatch(/<script|<img|<link|<iframe|@import|url\(/i);
    expect(page).toContain('&#60;script&#62;alert(&#34;');
  });
});

function nameOf(entity: string): string {
  const event = real.find((each) => each.entity === entity && each.logType === 'azure.signinlogs' && (each.event.user as LogEvent)?.full_name !== undefined)!;
  return (event.event.user as LogEvent).full_name as string;
}
