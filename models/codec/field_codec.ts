import type { ModelField } from '../../common';
import { techniqueId } from './channels';
import { FieldStream } from './field_stream';
import { PLACES } from './gap';
import { layOut, type Layout } from './layout';
import type { Conditions } from './condition';
import { checkPins } from './pins';
import type { Field } from './field';
import { RARE, TYPE } from './grammar';
import { settleHabits } from './habits';
import { SESSION_END } from './session_end';
import type { FieldCodecSpec } from './spec';
import { TypeIndex } from './type_index';
import { OwnValues } from './own_values';
import type { Codec, OwnValue, Rehearsal, SideSizes, StreamOptions } from './types';

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
  private owned?: OwnValues;
  private readonly layout: Layout;
  private readonly entityIds: Map<string, number>;
  private readonly types: TypeIndex;

  constructor(private readonly spec: FieldCodecSpec) {
    this.layout = layOut(spec);
    this.vocabulary = this.layout.vocabulary;
    this.bos = this.layout.bos;
    this.entities = spec.entities;
    this.techniques = spec.techniques;
    this.types = new TypeIndex(spec);
    this.logTypes = this.types.names.filter((name) => name !== SESSION_END);
    this.side = { field: this.layout.fieldPaths.length, entity: spec.entities.length, slot: 97, weekday: 8, place: PLACES, technique: spec.techniques.length, former: true };
    this.entityIds = new Map(spec.entities.map((name, id) => [name, id]));
    this.entityIds.delete(spec.entities[0]);
  }

  describeFields(): ModelField[] {
    return this.logTypes.flatMap((log_type) => {
      const byPath = new Map<string, Field[]>();
      const grammars = this.layout.grammars.filter(({ spec }) => spec.name === log_type).sort((a, b) => b.spec.events - a.spec.events);
      for (const { fields } of grammars) {
        for (const field of [...fields].sort((a, b) => a.spec.order - b.spec.order)) {
          const same = byPath.get(field.path);
          if (same) same.push(field);
          else byPath.set(field.path, [field]);
        }
      }
      return [...byPath].map(([path, same]) => ({ path, log_type, kind: kindOf(same[0]), distinct: distinctOf(same), values: topValues(same) }));
    });
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

  isChanging(field: number): boolean {
    return this.layout.changing.has(field);
  }

  startStream(options: StreamOptions): FieldStream {
    return new FieldStream(this.layout, this.types, this.entityIds.get(options.entity) ?? 0, techniqueId(this, options.technique), options);
  }

  ownValues(entity: string): OwnValue[] {
    this.owned ??= new OwnValues(this.spec);
    return this.owned.of(this.entityIds.get(entity) ?? 0);
  }

  rehearsed({ events, fresh }: Rehearsal): FieldCodecSpec {
    const ofName = new Map<string, number>();
    for (const type of this.spec.types) ofName.set(type.name, (ofName.get(type.name) ?? 0) + type.events);
    const types = this.layout.grammars.map(({ spec, fields }) => {
      const share = (events.get(spec.name) ?? 0) * (spec.events / ofName.get(spec.name)!);
      const settled = fields.map(({ id, spec: field }) => (field.habits && id !== RARE ? { ...field, habits: settleHabits(field.habits, fresh.get(id) ?? [], share) } : field));
      return { ...spec, fields: settled };
    });
    const all = [...events.values()].reduce((sum, count) => sum + count, 0);
    return { ...this.spec, types, ...(this.spec.habits && { habits: settleHabits(this.spec.habits, fresh.get(TYPE) ?? [], all) }) };
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

/** Different values of a field in all shapes of its log type. */
function distinctOf(same: readonly Field[]): number {
  const rich = same.reduce((sum, { spec }) => sum + spec.richCount, 0);
  if (same.length === 1) return same[0].known + rich;
  return new Set(same.flatMap((field) => field.vocabulary.map((_, i) => field.describeClass(i + 1)))).size + rich;
}

function topValues(same: readonly Field[]): string[] {
  const counts = new Map<string, number>();
  for (const field of same) {
    field.spec.counts.forEach((count, i) => {
      const value = field.describeClass(i + 1);
      counts.set(value, (counts.get(value) ?? 0) + count);
    });
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, LISTED_VALUES)
    .map(([value]) => value);
}
