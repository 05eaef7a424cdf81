const MAX_SAMPLES = 5;
/** Reasons are counted apart up to here; a mapping that refuses everything differently must not fill the job. */
const MAX_REASONS = 50;

/** One refused document, for a person who wants to see why. Nothing of its contents. */
export interface Refusal {
  id: string;
  /** Elasticsearch's error type. */
  type: string;
  reason: string;
}

/** Documents that Elasticsearch refused, counted by why. */
export class Refusals {
  count = 0;
  /** By Elasticsearch's error type and reason. */
  readonly byReason: Record<string, number> = {};
  readonly samples: Refusal[] = [];

  add(id: string, error: { type?: string; reason?: string | null } | undefined): void {
    const type = error?.type ?? 'unknown';
    const reason = sharedReason(error?.reason ?? 'no reason given');
    this.count++;
    const text = `${type}: ${reason}`;
    const key = text in this.byReason || Object.keys(this.byReason).length < MAX_REASONS ? text : 'other reasons';
    this.byReason[key] = (this.byReason[key] ?? 0) + 1;
    if (this.samples.length < MAX_SAMPLES) this.samples.push({ id, type, reason });
  }
}

/** The reason without what differs from document to document (ids, contents), so that equal refusals count together. */
function sharedReason(reason: string): string {
  return reason
    .replace(/^\[\d+:\d+\] /, '')
    .replace(/ in document with id '[^']*'/, '')
    .replace(/\.? Preview of field's value: '.*'/s, '')
    .replace(/\.? The prefix of the first immense term is: .*/s, '')
    .slice(0, 300);
}
