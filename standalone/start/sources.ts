import type { Client } from '@elastic/elasticsearch';
import type { Skipped } from '../../common';
import { DATASETS, indexOf, loadSample } from '../../simulator';
import { loadLogs, type LoadLogsResult } from './load_logs';
import type { StartSettings } from './options';
import { splitAt, splitByTime, type Split } from './period';
import type { Report } from './progress';

/** Logs in Elasticsearch, ready to learn from. */
export interface LoadedLogs {
  name: string;
  index: string;
  read: number;
  skipped: Skipped;
  entityFields: string[];
  split: Split;
  /** What a reader of the results should know. */
  notes: string[];
}

/** Share of the period (sample) or of the events (own logs) that is learned from; the newest rest is scored. */
const SAMPLE_TRAIN = 0.8;
const OWN_TRAIN = 0.9;

export function loadSource(client: Client, settings: StartSettings, signal: AbortSignal, report: Report): Promise<LoadedLogs> {
  return settings.logs.length > 0 ? loadOwn(client, settings, signal, report) : loadOrganisation(client, settings, signal, report);
}

async function loadOrganisation(client: Client, { users, days, seed, entity }: StartSettings, signal: AbortSignal, report: Report): Promise<LoadedLogs> {
  const loaded = await loadSample(client, { users, days, seed }, { signal, onProgress: ({ events, progress, eta_seconds }) => report(progress, `${events} events`, eta_seconds) });
  const index = DATASETS.map((dataset) => indexOf(dataset)).join(',');
  const [from, to] = [Date.parse(loaded.period.from), Date.parse(loaded.period.to)];
  const split = await splitAt(client, index, new Date(from + SAMPLE_TRAIN * (to - from)).toISOString());
  const notes = loaded.created === 0 ? ['the sample logs were there already'] : [];
  return { name: 'sample', index, read: loaded.events, skipped: {}, entityFields: entity, split, notes };
}

async function loadOwn(client: Client, { logs, entity, unwrap, timeField, idField }: StartSettings, signal: AbortSignal, report: Report): Promise<LoadedLogs> {
  const loaded = await loadLogs(client, { files: logs, entityFields: entity, unwrap, timeField, idField, signal, onProgress: (events, share) => report(share, `${events} events`) });
  const notes = loaded.created === 0 ? ['the logs were there already'] : [];
  if (loaded.made_up_times > 0) notes.push(`${loaded.made_up_times} of ${loaded.read} events have no time that was recognised: they were given one in the order of the lines`);
  if (loaded.renamed.length > 0) notes.push(`${loaded.renamed.join(', ')}: names that Elasticsearch keeps for itself; the fields are there without the underscore`);
  for (const [reason, count] of Object.entries(loaded.skipped)) notes.push(`${count} could not be loaded: ${reason}`);
  if (loaded.unnamed > 0) notes.push(unnamedNote(loaded, entity));
  return {
    name: loaded.index.replace(/^lyrebird-logs-/, ''),
    index: loaded.index,
    read: loaded.read,
    skipped: loaded.skipped,
    entityFields: loaded.entity_fields,
    split: await splitByTime(client, loaded.index, OWN_TRAIN),
    notes,
  };
}

/** What became of events that name nobody. */
function unnamedNote({ unnamed, read, made_up_entity }: LoadLogsResult, entity: readonly string[]): string {
  const field = entity.length > 0 ? entity.join(' or ') : 'field that says whose they are';
  if (unnamed === read) return `no event has a ${field}: all were taken as one entity`;
  return `${unnamed} of ${read} events have no ${field}: they were ${made_up_entity ? 'taken as one entity, "unnamed"' : 'set aside'}`;
}
