import type { Client } from '@elastic/elasticsearch';
import { LyrebirdError, type ModelCard } from '../../common';
import { EventPseudonymiser, Pseudonyms, type PseudonymKey } from '../../common/pseudonyms';
import type { LyrebirdConfig } from '../config';
import type { Logger } from '../kibana';
import { IdentifierStore } from './identifier_store';
import { hasKey, readKey } from './key_source';

/** Models whose identifiers are held for showing names. */
const MAX_SHOWN = 2;

/** The plugin's pseudonyms: one key, one mapping, and per model the fields that are pseudonymised and the identifiers found. */
export class ModelPseudonyms {
  private opened?: Promise<{ key: PseudonymKey; pseudonyms: Pseudonyms }>;
  /** Last used for showing names: pages of anomalies ask for the same models again and again. */
  private readonly shown = new Map<string, { documents: number; pseudonymiser: EventPseudonymiser }>();

  constructor(
    private readonly settings: LyrebirdConfig['pseudonyms'],
    private readonly logger: Logger,
    private readonly store = new IdentifierStore()
  ) {}

  /** For logs that no model has learned yet. */
  async forFields(fields: readonly string[]): Promise<EventPseudonymiser> {
    return new EventPseudonymiser((await this.open()).pseudonyms, fields);
  }

  /**
   * As the model's own logs were pseudonymised; undefined for a model that learned them as they were.
   * @throws LYREBIRD_CONFLICT when it was trained under another key or other kept words
   */
  async forModel(client: Client, card: ModelCard, signal?: AbortSignal): Promise<EventPseudonymiser | undefined> {
    const { pseudonymised } = card.options;
    if (pseudonymised === undefined) return undefined;
    const { key, pseudonyms } = await this.open();
    if (pseudonymised.scheme !== pseudonyms.scheme) {
      throw new LyrebirdError(
        'LYREBIRD_CONFLICT',
        `Model "${card.id}" was trained under the pseudonyms ${pseudonymised.scheme}; this server's key and kept words make ${pseudonyms.scheme}.`,
        'Set lyrebird.pseudonyms.key (or its keyFile), keptWords and publicDomains to what they were when the model was trained.'
      );
    }
    const made = new EventPseudonymiser(pseudonyms, pseudonymised.fields);
    for await (const identifiers of this.store.of(client, key, card.id, signal)) made.load(identifiers);
    return made;
  }

  /** Like forModel, of a pseudonymised model, for mapping back only: what was loaded before is used again while nothing was added. */
  async toReveal(client: Client, card: ModelCard, signal?: AbortSignal): Promise<EventPseudonymiser> {
    const documents = await this.store.count(client, card.id, signal);
    const key = `${card.id} ${card.created_at}`;
    const known = this.shown.get(key);
    if (known !== undefined && known.documents === documents) return known.pseudonymiser;
    const pseudonymiser = await this.forModel(client, card, signal);
    if (pseudonymiser === undefined) throw new LyrebirdError('LYREBIRD_BAD_REQUEST', `Model "${card.id}" has learned its logs as they were, without pseudonyms.`, 'There is nothing to map back.');
    this.shown.delete(key);
    for (const old of [...this.shown.keys()].slice(0, Math.max(0, this.shown.size - MAX_SHOWN + 1))) this.shown.delete(old);
    this.shown.set(key, { documents, pseudonymiser });
    return pseudonymiser;
  }

  /** The pseudonym of a value where a key was made already; no key is made for a question. */
  async ofExisting(value: string): Promise<string | undefined> {
    if (this.opened === undefined && !(await hasKey(this.settings))) return undefined;
    return (await this.open()).pseudonyms.of(value);
  }

  /** Keeps the identifiers collected from the `from`-th on, for the model's later use. Returns how many are kept in all. */
  async keep(client: Client, modelId: string, pseudonymiser: EventPseudonymiser, from = 0, signal?: AbortSignal): Promise<number> {
    const identifiers = pseudonymiser.collected(from);
    await this.store.add(client, (await this.open()).key, modelId, identifiers, signal);
    return from + identifiers.length;
  }

  forget(client: Client, modelId: string, signal?: AbortSignal): Promise<void> {
    return this.store.forget(client, modelId, signal);
  }

  private open(): Promise<{ key: PseudonymKey; pseudonyms: Pseudonyms }> {
    if (this.opened === undefined) {
      const { keptWords, publicDomains } = this.settings;
      const opened = readKey(this.settings, this.logger).then((key) => ({ key, pseudonyms: new Pseudonyms(key, { keptWords, publicDomains }) }));
      // A file that could not be read may be readable next time.
      opened.catch(() => (this.opened = undefined));
      this.opened = opened;
    }
    return this.opened;
  }
}
