import { z } from 'zod';
import { sourceSchema, type ModelCard } from '../../common';
import { patternOf } from '../components/source_state';

/**
 * Logs that somebody looks at elsewhere in Kibana, as the address of a page says them (`?logs=`): whatever leads here from Discover, a dashboard or another
 * application says it in this one way.
 */
export const logsLinkSchema = z.object({
  source: sourceSchema,
  /** The query and the filters as a person wrote them. */
  query_text: z.string().max(2000).optional(),
});
export type LogsLink = z.infer<typeof logsLinkSchema>;

export const LOGS_PARAMETER = 'logs';

export const writeLogsLink = (logs: LogsLink): string => JSON.stringify(logs);

/** Undefined where there is none; `broken` where it cannot be read. */
export function readLogsLink(text: string | undefined): LogsLink | 'broken' | undefined {
  if (text === undefined) return undefined;
  try {
    return logsLinkSchema.parse(JSON.parse(text));
  } catch {
    return 'broken';
  }
}

/** As `readLogsLink`, where logs that cannot be read are none. */
export function readableLogs(text: string | undefined): LogsLink | undefined {
  const logs = readLogsLink(text);
  return logs === 'broken' ? undefined : logs;
}

/** Models that learned from these indices, the newest first. */
export function modelsOf(models: readonly ModelCard[], index: string): ModelCard[] {
  const wanted = index.split(',').map((pattern) => pattern.trim()).filter((pattern) => pattern !== '' && !pattern.startsWith('-')).map(toPattern);
  const known = ({ indices }: ModelCard) => [...indices, ...patternOf(indices).split(',')];
  return models.filter((model) => known(model).some((name) => wanted.some((pattern) => pattern.test(name)))).sort((a, b) => b.created_at.localeCompare(a.created_at));
}

const toPattern = (pattern: string) => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}$`);
