import { LyrebirdError } from '../../common';
import { callElasticsearch, Refusals, type BulkCounts, type BulkOperation, type BulkWriterOptions, type Refusal } from '../elasticsearch';
import type { SourceMapping } from './target_index';

/** A field of the simulated index that only a number fits, however lenient the rest of the mapping is. */
const CONTROL = 'lyrebird_control';

interface SimulatedDocument {
  doc?: { error?: { type?: string; reason?: string } };
  error?: { type?: string; reason?: string };
}

/**
 * Asks Elasticsearch whether indices that do not exist would take documents (`_ingest/_simulate` with an index template substituted, from
 * 8.16 on). Nothing is stored, and each document is tried by itself: what only two together break is not seen.
 */
export class SimulatedWriter {
  private readonly refusals = new Refusals();
  private accepted = 0;
  private readonly mappings = new Map<string, SourceMapping>();
  private readonly pending = new Map<string, { bytes: number; operations: BulkOperation[] }>();

  constructor(private readonly options: Pick<BulkWriterOptions, 'client' | 'maxBytes' | 'signal'>) {}

  get counts(): BulkCounts {
    return { written: this.accepted, duplicate: 0, refused: this.refusals.count, refusals: { ...this.refusals.byReason } };
  }
  get samples(): Refusal[] {
    return [...this.refusals.samples];
  }

  /**
   * @throws LYREBIRD_FORBIDDEN; LYREBIRD_BAD_REQUEST where the mapping rests on what only its own index has; LYREBIRD_UNSUPPORTED where the
   * cluster takes what the mapping does not: older ones look at no mapping
   */
  async open(index: string, mapping: SourceMapping): Promise<void> {
    this.mappings.set(index, mapping);
    const [control] = await this.simulate(index, [{ type: 'create', index, id: 'control', document: { [CONTROL]: 'no number' } }]);
    const refusal = errorOf(control);
    if (refusal?.reason?.includes(CONTROL)) return;
    if (refusal !== undefined) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `The mapping cannot be simulated: ${refusal.type}: ${refusal.reason}`);
    throw new LyrebirdError('LYREBIRD_UNSUPPORTED', 'This Elasticsearch does not simulate mappings (8.16 and later do), and you may not make an index to try events in.', 'Ask an administrator for these privileges.');
  }

  async add(operation: BulkOperation): Promise<void> {
    const { index } = operation;
    const waiting = this.pending.get(index) ?? { bytes: 0, operations: [] };
    this.pending.set(index, waiting);
    waiting.operations.push(operation);
    waiting.bytes += Buffer.byteLength(JSON.stringify(operation.document));
    if (waiting.bytes >= this.options.maxBytes) await this.send(index);
  }

  async flush(): Promise<void> {
    for (const index of this.pending.keys()) await this.send(index);
  }

  private async send(index: string): Promise<void> {
    const operations = this.pending.get(index)?.operations ?? [];
    this.pending.delete(index);
    if (operations.length === 0) return;
    const documents = await this.simulate(index, operations);
    documents.forEach((document, position) => {
      const error = errorOf(document);
      if (error === undefined) this.accepted++;
      else this.refusals.add(operations[position].id, error);
    });
  }

  private async simulate(index: string, operations: readonly BulkOperation[]): Promise<SimulatedDocument[]> {
    const { client, signal } = this.options;
    const { mappings, settings } = this.mappings.get(index)!;
    const template = { mappings: { ...mappings, properties: { ...mappings.properties, [CONTROL]: { type: 'long', ignore_malformed: false } } }, settings: { index: settings } };
    const body = {
      docs: operations.map(({ id, document }) => ({ _index: index, _id: id, _source: document })),
      index_template_substitutions: { [index]: { index_patterns: [index], priority: 2 ** 31 - 1, template } },
    };
    // By its path: the client that Kibana brings may not know it yet.
    const answer = await callElasticsearch((transport) => client.transport.request<{ docs: SimulatedDocument[] }>({ method: 'POST', path: '/_ingest/_simulate', body }, transport), {
      doing: `try events in "${index}"`,
      signal,
    });
    return answer.docs;
  }
}

const errorOf = ({ doc, error }: SimulatedDocument) => doc?.error ?? error;
