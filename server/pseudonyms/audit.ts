import type { Logger } from '../kibana';

export interface Revealing {
  username?: string;
  model_id: string;
  /** What was mapped back: values asked for one by one, or the events of a run. */
  of: 'values' | 'preview' | 'generation';
  count: number;
}

/** One line in the server's log for each time that pseudonyms are mapped back: who, of which model, how many, never which. */
export function pseudonymsAudit(logger: Logger, { username, model_id, of, count }: Revealing): void {
  logger.info(`User ${username ?? '(unknown)'} mapped pseudonyms of model ${model_id} back: ${count} ${of === 'values' ? 'values' : `events of a ${of}`}.`, {
    event: { action: 'lyrebird_pseudonyms_reveal', category: ['database'], type: ['access'], outcome: 'success' },
    ...(username ? { user: { name: username } } : {}),
    lyrebird: { model_id, of, count },
  });
}
