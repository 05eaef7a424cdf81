import { getPath, type LogEvent } from '../../../common';

/** What happened, by the names that common log types have for it; the first that an event has is taken. */
const ACTION = ['event.action', 'eventName', 'operationName', 'azure.signinlogs.operation_name', 'aws.cloudtrail.event_name', 'action', 'event.type', 'EventID', 'message'];
const OUTCOME = ['event.outcome', 'outcome', 'errorCode', 'status', 'result'];
const WHERE = ['source.geo.country_iso_code', 'source.ip', 'sourceIPAddress', 'cloud.region', 'awsRegion', 'host.name'];
const OBJECT = ['azure.signinlogs.properties.app_display_name', 'event.provider', 'eventSource', 'url.path', 'file.path', 'process.name'];

const first = (event: LogEvent, paths: readonly string[]): string | undefined => {
  for (const path of paths) {
    const value = getPath(event, path);
    if (value !== undefined && value !== null && typeof value !== 'object' && value !== '') return String(value);
  }
  return undefined;
};

/** One line about an event: what, with what outcome, on what, from where. */
export function summarise(event: LogEvent): string {
  const parts = [ACTION, OBJECT, OUTCOME, WHERE].map((paths) => first(event, paths)).filter((part) => part !== undefined);
  if (parts.length > 0) return parts.join(' · ');
  return Object.entries(event)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .slice(0, 4)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(' ');
}
