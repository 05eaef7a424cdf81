import { BOS } from './grammar';

/** Tokens of one value that are remembered. */
const LONGEST = 32;

/**
 * What a field was written as when a stream last had it, however long ago: token by token, so that a text is held against the one before
 * it. A model sees it as a channel beside each position.
 */
export class FormerTokens {
  private readonly written = new Map<number, number[]>();

  /** @param fields ids of those that it is told for */
  constructor(private readonly fields: ReadonlySet<number>) {}

  /** The next event, which counts once it is kept. */
  draft(): FormerDraft {
    return new FormerDraft(this.written, this.fields);
  }
}

export class FormerDraft {
  private readonly event = new Map<number, number[]>();

  constructor(
    private readonly written: Map<number, number[]>,
    private readonly fields: ReadonlySet<number>
  ) {}

  /** BOS where the field has not been written, or was shorter. */
  of(field: number): number {
    return this.written.get(field)?.[this.event.get(field)?.length ?? 0] ?? BOS;
  }

  note(field: number, token: number): void {
    if (!this.fields.has(field)) return;
    const tokens = this.event.get(field);
    if (tokens === undefined) this.event.set(field, [token]);
    else if (tokens.length < LONGEST) tokens.push(token);
  }

  keep(): void {
    for (const [field, tokens] of this.event) this.written.set(field, tokens);
  }
}
