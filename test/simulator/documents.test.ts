import { isIP } from 'node:net';
import type { estypes } from '@elastic/elasticsearch';
import type { Json } from '../../common';
import { DATASETS, mappingOf, type SampleEvent } from '../../simulator';
import { groupBy, standardSample, text } from './sample';

type Properties = Record<string, estypes.MappingProperty>;

const accepts: Record<string, (value: Json) => boolean> = {
  keyword: (v) => typeof v === 'string',
  text: (v) => typeof v === 'string',
  date: (v) => typeof v === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(v) && !Number.isNaN(Date.parse(v)),
  ip: (v) => typeof v === 'string' && isIP(v) === 4,
  long: (v) => Number.isSafeInteger(v),
  float: (v) => typeof v === 'number' && Number.isFinite(v),
  boolean: (v) => typeof v === 'boolean',
  geo_point: (v) => v !== null && typeof v === 'object' && !Array.isArray(v) && Math.abs(v.lat as number) <= 90 && Math.abs(v.lon as number) <= 180 && Object.keys(v).length === 2,
  flattened: (v) => v !== null && typeof v === 'object',
};

/** The first thing about a document that a strict mapping would refuse or silently not index. */
function refusal(value: Json, property: estypes.MappingProperty | undefined, path: string): string | undefined {
  if (property === undefined) return `${path} is not mapped`;
  if (value === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = refusal(item, property, path);
      if (found) return found;
    }
    return undefined;
  }
  const { type, properties } = property as { type?: string; properties?: Properties };
  if (type === undefined || type === 'object') {
    if (typeof value !== 'object') return `${path} is ${typeof value}, mapped as an object`;
    for (const [name, inner] of Object.entries(value)) {
      const found = refusal(inner, properties?.[name], path ? `${path}.${name}` : name);
      if (found) return found;
    }
    return undefined;
  }
  if (!accepts[type](value)) return `${path} is ${JSON.stringify(value)}, mapped as ${type}`;
  const { ignore_above: limit } = property as { ignore_above?: number };
  if (limit !== undefined && typeof value === 'string' && value.length > limit) return `${path} is longer than ${limit}`;
  return undefined;
}

function leaves(value: Json, path: string, out: Map<string, Json[]>): void {
  if (Array.isArray(value) && value.some((v) => v !== null && typeof v === 'object')) for (const item of value) leaves(item, path, out);
  else if (value !== null && typeof value === 'object' && !Array.isArray(value)) for (const [name, inner] of Object.entries(value)) leaves(inner, path ? `${path}.${name}` : name, out);
  else out.set(path, [...(out.get(path) ?? []), value]);
}
const leavesOf = (event: SampleEvent): Map<string, Json[]> => {
  const out = new Map<string, Json[]>();
  leaves(event._source, '', out);
  return out;
};

describe.each([...DATASETS])('documents of %s', (dataset) => {
  const events = (): SampleEvent[] => standardSample().filter((e) => e.dataset === dataset);

  it('fit their mapping, every path and type', () => {
    const root = { properties: mappingOf(dataset).properties } as estypes.MappingProperty;
    for (const event of events()) expect(refusal(event._source as Json, root, '')).toBeUndefined();
  });

  it('are mapped with types that every Elasticsearch has, and strictly', () => {
    const mapping = mappingOf(dataset);
    expect(mapping.dynamic).toBe('strict');
    for (const lacking of ['wildcard', 'constant_keyword', 'match_only_text', 'scaled_float', 'version']) expect(JSON.stringify(mapping)).not.toContain(`"type":"${lacking}"`);
  });

  it('are as wide as real ones and carry ECS', () => {
    const sizes = events().slice(0, 500).map((e) => leavesOf(e).size);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(60);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(150);
    for (const event of events().slice(0, 500)) {
      expect(text(event, 'event.dataset')).toBe(dataset);
      expect(text(event, 'data_stream.dataset')).toBe(dataset);
      for (const path of ['event.action', 'event.outcome', 'user.name', 'user.id', 'event.type', 'event.ingested']) expect(text(event, path)).not.toBe('');
    }
  });

  it('are indexed after they happened', () => {
    for (const event of events()) expect(Date.parse(text(event, 'event.ingested'))).toBeGreaterThan(Date.parse(event.timestamp));
  });
});

it('has nulls, empty arrays, arrays of objects and rare values', () => {
  const signIns = standardSample().filter((e) => e.dataset === 'azure.signinlogs');
  const policies = (signIns[0]._source.azure as { signinlogs: { properties: { applied_conditional_access_policies: unknown[] } } }).signinlogs.properties.applied_conditional_access_policies;
  expect(policies.length).toBe(4);
  expect(signIns.some((e) => JSON.stringify(e._source).includes('"display_name":null'))).toBe(true);
  expect(signIns.some((e) => JSON.stringify(e._source).includes('"authentication_details":[]'))).toBe(true);
  const codes = groupBy(signIns, (e) => text(e, 'azure.signinlogs.result_type'));
  expect([...codes.keys()]).toEqual(expect.arrayContaining(['0', '50126', '50074', '50140', '500121', '70044']));
  const calls = groupBy(standardSample().filter((e) => e.dataset === 'aws.cloudtrail'), (e) => text(e, 'event.action'));
  expect([...calls.values()].filter((group) => group.length < 30).length).toBeGreaterThan(5);
  expect(calls.size).toBeGreaterThan(40);
});

it('says the same in a result code, its outcome, and its conditional access', () => {
  for (const event of standardSample().filter((e) => e.dataset === 'azure.signinlogs')) {
    const success = text(event, 'azure.signinlogs.result_type') === '0';
    expect(text(event, 'event.outcome')).toBe(success ? 'success' : 'failure');
    expect(text(event, 'azure.signinlogs.properties.status.error_code')).toBe(text(event, 'azure.signinlogs.result_type'));
    if (success) expect(text(event, 'azure.signinlogs.properties.conditional_access_status')).toBe('success');
  }
});
