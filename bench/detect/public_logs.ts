import path from 'node:path';
import type { LogEvent } from '../../common';
import { readNdjson } from './sequences';
import type { DetectionTask, TrueEvent } from './organisation';

/** Labelled logs of others, as tasks of the same kind as the sample organisation's. */

interface AitAlert {
  scenario: string;
  '@timestamp': string;
  name: string;
  ip: string;
  host: string;
  short: string;
  time_label: string;
  event_label: string;
}

const NORMAL_PHASE = 'false_positive';
const NO_LABEL = '-';
/** ATT&CK techniques of the phases of AIT's attacks, by label of an alert. */
const AIT_TECHNIQUES: Record<string, string> = {
  service_scan: 'T1046',
  dns_scan: 'T1590.002',
  wpscan: 'T1595.002',
  dirb: 'T1595.003',
  webshell_cmd: 'T1505.003',
  crack_passwords: 'T1110.002',
  online_cracking: 'T1110.001',
  attacker_change_user: 'T1078.003',
  escalated_sudo_command: 'T1548.003',
  dnsteal: 'T1048.003',
};

/**
 * AIT alert data set (Landauer et al., CSET 2024): alerts of Wazuh, Suricata and AMiner in four networks, days without and a day with an attack of
 * many steps. Learned are the alerts before its first phase; those labelled as an attack's all the same (data that leaves by DNS for days) are left out.
 */
export async function aitTasks(folder: string): Promise<Array<{ name: string; task: DetectionTask }>> {
  const alerts = await readNdjson<AitAlert>(path.join(folder, 'ait_ads_alerts.jsonl.gz'));
  return [...new Set(alerts.map(({ scenario }) => scenario))].map((scenario) => {
    const own = alerts.filter((alert) => alert.scenario === scenario).map((alert) => ({ alert, event: aitEvent(alert) }));
    own.sort((a, b) => a.event.time - b.event.time);
    const first = own.find(({ alert }) => alert.time_label !== NORMAL_PHASE)!.event.time;
    const events = own.map(({ event }) => event);
    return { name: scenario, task: { entityFields: ['host.ip'], train: events.filter(({ time, attack }) => time < first && attack === undefined), test: events.filter(({ time }) => time >= first) } };
  });
}

function aitEvent({ scenario, '@timestamp': time, name, ip, host, event_label }: AitAlert): TrueEvent {
  const [provider] = name.split(':');
  const _source = { '@timestamp': time, event: { provider, action: name }, host: { ip, name: host } };
  const attack = event_label === NO_LABEL ? undefined : { id: event_label, technique: AIT_TECHNIQUES[event_label] ?? event_label };
  return { hit: { _index: `alerts-${scenario}`, _source }, entity: ip, time: Date.parse(time), ...(attack && { attack }) };
}

interface OtrfEvent {
  ds: string;
  weak_label: number;
  ts?: string;
  log_type: string;
  code?: string | number;
  user?: string | null;
  host?: string | null;
  event: LogEvent;
}

/** Share of the captures, in time order, that is learned from. */
const LEARNED = 0.6;
/** Events of a capture, at an even stride; all that are labelled. */
const MOST_EVENTS = 700;
/** ECS field to where Windows events, by whatever shipper, have it. */
const WINDOWS_FIELDS: Record<string, string[]> = {
  'process.executable': ['Image', 'SourceImage', 'NewProcessName', 'ProcessName', 'Application'],
  'process.parent.executable': ['ParentImage', 'ParentProcessName'],
  'process.command_line': ['CommandLine'],
  'process.target.executable': ['TargetImage'],
  'process.granted_access': ['GrantedAccess'],
  'dll.path': ['ImageLoaded'],
  'registry.path': ['TargetObject'],
  'file.path': ['TargetFilename', 'ObjectName'],
  'file.type': ['ObjectType'],
  'destination.ip': ['DestinationIp', 'DestAddress'],
  'destination.port': ['DestinationPort', 'DestPort'],
  'winlog.logon.type': ['LogonType'],
  'user.target.name': ['TargetUserName'],
};

/**
 * OTRF Security Datasets: captures of single attacks on Windows hosts. Their labels are weak: a capture has a technique, an event is an attack's when a Sigma rule of
 * level high or critical hits it. Learned are the earlier captures without such events, judged are the later ones: other hosts, other tools.
 */
export async function otrfTask(folder: string): Promise<DetectionTask> {
  const captures = await readNdjson<{ ds: string; attack: Array<{ technique: string }> }>(path.join(folder, 'otrf_attack_manifest.jsonl'));
  const technique = new Map(captures.map(({ ds, attack }) => [ds, attack[0]?.technique ?? 'unknown']));
  const byCapture = new Map<string, Array<OtrfEvent & { time: number }>>();
  for (const line of await readNdjson<OtrfEvent>(path.join(folder, 'otrf_attack_events.jsonl.gz'))) {
    const time = Date.parse(line.ts ?? '');
    if (!Number.isFinite(time) || !line.host) continue;
    const events = byCapture.get(line.ds);
    if (events) events.push({ ...line, time });
    else byCapture.set(line.ds, [{ ...line, time }]);
  }
  const ordered = [...byCapture].sort(([, a], [, b]) => a[0].time - b[0].time);
  const thinned = (events: Array<OtrfEvent & { time: number }>) => {
    const stride = Math.ceil(events.length / MOST_EVENTS);
    return events.filter(({ weak_label }, i) => weak_label === 1 || i % stride === 0);
  };
  const of = (some: typeof ordered) =>
    some
      .flatMap(([, events]) => thinned(events))
      .sort((a, b) => a.time - b.time)
      .map((line) => otrfEvent(line, technique.get(line.ds)!));
  const split = Math.round(LEARNED * ordered.length);
  return { entityFields: ['host.name'], train: of(ordered.slice(0, split)).filter(({ attack }) => !attack), test: of(ordered.slice(split)) };
}

function otrfEvent({ ds, weak_label, log_type, code, user, host, event, time }: OtrfEvent & { time: number }, technique: string): TrueEvent {
  const name = host!.toLowerCase();
  const fields = Object.entries(WINDOWS_FIELDS).flatMap(([ecs, paths]) => {
    const value = paths.map((at) => event[at]).find((each) => each !== undefined && each !== null && each !== '');
    return value === undefined ? [] : [[ecs, String(value)] as const];
  });
  const _source: LogEvent = { '@timestamp': new Date(time).toISOString(), 'event.provider': log_type, 'event.code': String(code ?? ''), 'host.name': name, ...(user && { 'user.name': user }), ...Object.fromEntries(fields) };
  return { hit: { _index: 'windows', _source }, entity: name, time, ...(weak_label === 1 && { attack: { id: ds, technique } }) };
}
