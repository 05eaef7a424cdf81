import type { ModelField } from '../../common';
import { FieldStream } from './field_stream';
import { layOut, type Layout } from './layout';
import type { Conditions } from './condition';
import { checkPins } from './pins';
import type { Field } from './field';
import type { FieldCodecSpec } from './spec';
import type { Codec, SideSizes, StreamOptions } from './types';

/** Values that the model card lists per field. */
const LISTED_VALUES = 50;

/** A codec compiled from what fitting learned. */
export class FieldCodec implements Codec {
  readonly kind = 'field';
  readonly vocabulary: number;
  readonly bos: number;
  readonly side: SideSizes;
  readonly entities: readonly string[];
  readonly techniques: readonly string[];
  readonly logTypes: readonly string[];
  private readonly layout: Layout;
  private readonly entityIds: Map<string, number>;
  private readonly types: Map<string, number>;

  constructor(private readonly spec: FieldCodecSpec) {
    this.layout = layOut(spec);
    this.vocabulary = this.layout.vocabulary;
    this.bos = this.layout.bos;
    this.entities = spec.entities;
    this.techniques = spec.techniques;
    this.logTypes = spec.types.map(({ name }) => name);
    this.side = { field: this.layout.fieldPaths.length, entity: spec.entities.length, slot: 97, weekday: 8, technique: spec.techniques.length };
    this.entityIds = new Map(spec.entities.map((name, id) => [name, id]));
    this.entityIds.delete(spec.entities[0]);
    this.types = new Map(this.logTypes.map((name, i) => [name, i]));
  }

  describeFields(): ModelField[] {
    return this.layout.grammars.flatMap((grammar) =>
      grammar.fields
        .map((field) => ({
          order: field.spec.order,
          path: field.path,
          log_type: grammar.spec.name,
          kind: kindOf(field),
          distinct: field.known + field.spec.richCount,
          values: topValues(field),
        }))
        .sort((a, b) => a.order - b.order)
        .map(({ path, log_type, kind, distinct, values }) => ({ path, log_type, kind, distinct, values }))
    );
  }

  checkPins(pins: Conditions, logTypes?: ReadonlySet<string>): void {
    checkPins(
      this.layout.grammars.filter((grammar) => !logTypes?.size || logTypes.has(grammar.spec.name)),
      pins
    );
  }

  describeToken(field: number, token: number): string {
    return this.layout.describe(field, token);
  }

  alternatives(token: number): { lo: number; hi: number } {
    const { blocks, vocabulary } = this.layout;
    const next = blocks.findIndex((lo) => lo > token);
    return { lo: blocks[(next === -1 ? blocks.length : next) - 1], hi: next === -1 ? vocabulary : blocks[next] };
  }

  fieldPath(field: number): string {
    return this.layout.fieldPaths[field] ?? '';
  }

  startStream(options: StreamOptions): FieldStream {
    const technique = options.technique === undefined ? 0 : Math.max(0, this.techniques.indexOf(options.technique));
    return new FieldStream(this.layout, this.types, this.entityIds.get(options.entity) ?? 0, technique, options);
  }

  toJSON(): FieldCodecSpec {
    return this.spec;
  }
}

function kindOf(field: Field): string {
  const { chain, rich, vocabulary, absent } = field.spec;
  const main = chain.find(({ rule }) => rule !== 'constant');
  if (chain[0]?.rule === 'copy') return 'copy';
  if (main && field.spec.written === 0 && main.rule !== 'memory') return 'determined';
  if (field.spec.written === 0 && vocabulary.length <= 1 && absent === 0 && !field.spec.richCount) return 'constant';
  if (rich && field.spec.richCount > 0) return rich.kind;
  return vocabulary.length + (absent > 0 ? 1 : 0) <= 1 ? 'constant' : 'categorical';
}

function topValues(field: Field): string[] {
  const { counts } = field.spec;
  return counts
    .map((count, i) => ({ count, i }))
    .sort((a, b) => b.count - a.count || a.i - b.i)
    .slice(0, LISTED_VALUES)
    .map(({ i }) => field.describeClass(i + 1));
}
