import type { FieldSurprisal } from '../../common';
import { explain, hindsight, oneIn, surprising } from '../../public/pages/anomalies/explanation';
import { typicalTexts, valueText } from '../../public/pages/anomalies/value_text';

const country: FieldSurprisal = {
  field: 'source.geo.country_iso_code',
  actual: 'BY',
  surprisal: 9.2,
  probability: 0.0001,
  reason: 'unlikely',
  typical: [
    { value: 'DE', probability: 0.98 },
    { value: 'FR', probability: 0.01 },
  ],
};

describe('explanation of a score that rose', () => {
  const lyrebird = { model_id: 'm', entity: 'ann', log_type: 'signin', surprisal: 3, event: { index: 'logs', id: '1' }, top_fields: [] };
  it('says what it was, and whose doing raised it', () => {
    expect(hindsight({ record_score: 99.4, initial_record_score: 61.2, lyrebird })).toBe('It scored 61.2 when it came; what ann did in the next half hour shows it to be the beginning of something.');
  });
  it('says nothing where nothing followed', () => {
    expect(hindsight({ record_score: 99.4, initial_record_score: 99.3, lyrebird })).toBeUndefined();
  });
});

describe('explanation of a surprising field', () => {
  it('says what is and what is otherwise', () => {
    expect(explain(country)).toBe('source.geo.country_iso_code is “BY”, which happens 0.01% of the time here; 98% of the time it is “DE”.');
  });
  it('tells values never seen and broken dependencies apart', () => {
    expect(explain({ ...country, reason: 'unseen' })).toBe('source.geo.country_iso_code is “BY”, never seen before; 98% of the time it is “DE” here.');
    expect(explain({ ...country, reason: 'violation' })).toBe('source.geo.country_iso_code is “BY”, but what stands beside it has always gone with “DE”.');
  });
  it('says what is new for one, when, and how fast', () => {
    expect(explain({ ...country, reason: 'first' })).toBe('source.geo.country_iso_code is “BY” for the first time here, though not elsewhere; 98% of the time it is “DE”.');
    expect(explain({ ...country, reason: 'unseen', earlier_seconds: 720 })).toBe('12 min 0 s earlier: source.geo.country_iso_code is “BY”, never seen before; 98% of the time it is “DE” here.');
    const burst: FieldSurprisal = { ...country, field: '@burst', actual: '40 events in 10 min', typical: [{ value: '3 events in 10 min', probability: 0.95 }] };
    expect(explain(burst)).toBe('40 events in 10 min; at most 3 events in 10 min is usual here.');
  });
  it('says less where nothing typical is known', () => {
    expect(explain({ ...country, typical: [] })).toBe('source.geo.country_iso_code is “BY”, which happens 0.01% of the time here.');
    expect(explain({ ...country, reason: 'unseen', typical: [] })).toBe('source.geo.country_iso_code is “BY”, never seen before.');
    expect(explain({ ...country, reason: 'violation', typical: [] })).toBe('source.geo.country_iso_code is “BY”, which never went with what stands beside it.');
  });
  it('says the likeliest of many as no more than that', () => {
    const many = { ...country, typical: [{ value: 'DE', probability: 0.04 }] };
    expect(explain(many)).toBe('source.geo.country_iso_code is “BY”, which happens 0.01% of the time here; it varies, most often it is “DE” (4%).');
    expect(explain({ ...many, reason: 'unseen' })).toBe('source.geo.country_iso_code is “BY”, never seen before.');
  });
  it('puts a model’s marks for values into words, and counts those that read the same together', () => {
    const marks = { ...country, actual: '', typical: [{ value: '(id 1 back)', probability: 0.3 }, { value: '(absent)', probability: 0.25 }, { value: '(absent)', probability: 0.2 }] };
    expect(explain(marks)).toBe('source.geo.country_iso_code is empty, which happens 0.01% of the time here; 45% of the time it is missing.');
    expect(typicalTexts(marks)).toEqual([
      { value: 'missing', raw: '(absent)', probability: 0.45 },
      { value: 'the same as last time', raw: '(id 1 back)', probability: 0.3 },
    ]);
    expect(valueText('(id 3 back)')).toBe('the same as 3 times ago');
    expect(valueText('(anything else)')).toBe('(anything else)');
    expect(valueText('“arn:aws:…”')).toBe('a text that begins with “arn:aws:”');
  });
  it('names the model’s own marks in words, and keeps markup in values as text', () => {
    expect(explain({ ...country, field: '@gap', actual: '3 s later' })).toMatch(/^Time since the last event is 3 s, which/);
    expect(explain({ ...country, actual: '<b>{x}</b>' })).toContain('is “<b>{x}</b>”, ');
  });
  it('says which fields do not fit together, however many they are', () => {
    const typical = [{ value: '(as expected)', probability: 0.9999 }, { value: 'threat.a, threat.b, threat.c', probability: 0.00005 }];
    const structure: FieldSurprisal = { field: '@structure', actual: 'user.id', surprisal: 17, probability: 4e-8, reason: 'violation', typical };
    expect(explain(structure)).toBe('user.id does not fit the rest of the event; 99.99% of the time everything fits here.');
    expect(explain({ ...structure, actual: 'user.id, user.email' })).toBe('user.id (with 1 other field) does not fit the rest of the event; 99.99% of the time everything fits here.');
    expect(explain({ ...structure, actual: '(new fields)' })).toMatch(/^a field never seen before does not fit/);
    expect(explain({ ...structure, actual: '(as expected)' })).toBe('All fields fit together, which is rare here.');
    expect(typicalTexts(structure).map(({ value }) => value)).toEqual(['everything fits', 'threat.a (with 2 other fields)']);
  });
  it('orders fields by surprisal and leaves out what surprised nobody', () => {
    const fields = [0.1, 3, 0.8].map((surprisal, i) => ({ ...country, field: `f${i}`, surprisal }));
    expect(surprising(fields).map(({ field }) => field)).toEqual(['f1', 'f2']);
    const likeliest = { ...country, field: 'likeliest', actual: 'DE', surprisal: 1 };
    expect(surprising([country, likeliest])).toEqual([country]);
    expect(surprising([{ ...country, surprisal: 0.1 }])).toHaveLength(1);
    expect(surprising([])).toEqual([]);
  });
  it('says a probability as people do', () => {
    expect(oneIn(0.001)).toBe('1 in 1,000 normal events is as surprising.');
    expect(oneIn(4e-8)).toBe('Less than 1 in 100,000 normal events is as surprising.');
    expect(oneIn(0)).toBe('No normal event that was held out is as surprising.');
  });
});
