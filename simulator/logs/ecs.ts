import type { Json, LogEvent } from '../../common';
import type { UserAgent } from '../devices';
import type { Dataset, Draft } from '../events';
import type { Organisation } from '../organisation';
import type { Address } from '../places';
import { stableHex, stableUuid } from '../random';
import type { Technique } from '../attacks/technique';

export const iso = (time: number): string => new Date(time).toISOString();

export const geo = (address: Address): LogEvent => ({
  continent_name: address.place.continent,
  country_iso_code: address.place.countryCode,
  country_name: address.place.country,
  region_iso_code: address.place.regionCode,
  region_name: address.place.region,
  city_name: address.place.city,
  location: { lat: address.place.lat, lon: address.place.lon },
});
export const source = (address: Address): LogEvent => ({
  address: address.ip,
  ip: address.ip,
  geo: geo(address),
  as: { number: address.as.number, organization: { name: address.as.organization } },
});
export const userAgent = (agent: UserAgent): LogEvent => ({
  original: agent.original,
  name: agent.name,
  version: agent.version,
  device: { name: agent.deviceName },
  ...(agent.osName ? { os: { name: agent.osName, ...(agent.osVersion ? { version: agent.osVersion, full: `${agent.osName} ${agent.osVersion}` } : {}) } } : {}),
});

/** What the collecting agent adds to every document. */
export function collected(org: Organisation, dataset: Dataset, input: string): LogEvent {
  const id = stableUuid('agent', org.seed, dataset);
  const name = `collector-${stableHex(4, 'collector', org.seed, dataset)}`;
  return {
    agent: { ephemeral_id: stableUuid('agent-run', org.seed, dataset), id, name, type: 'filebeat', version: '8.19.3' },
    data_stream: { dataset, namespace: 'default', type: 'logs' },
    ecs: { version: '8.11.0' },
    elastic_agent: { id, snapshot: false, version: '8.19.3' },
    input: { type: input },
    tags: ['forwarded', dataset.replace('.', '-')],
  };
}

/** What a detection pipeline writes onto events of a known technique. */
export function threat(technique: Technique): Json {
  const top = technique.parent ?? { id: technique.id, name: technique.name };
  const reference = (id: string): string => `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`;
  return {
    framework: 'MITRE ATT&CK',
    tactic: { id: [technique.tactic.id], name: [technique.tactic.name] },
    technique: {
      id: [top.id],
      name: [top.name],
      reference: [reference(top.id)],
      ...(technique.parent ? { subtechnique: { id: [technique.id], name: [technique.name], reference: [reference(technique.id)] } } : {}),
    },
  };
}

export const enriched = (draft: Draft): LogEvent => (draft.technique ? { threat: threat(draft.technique) } : {});
