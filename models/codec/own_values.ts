import { loadLeaf } from './leaf';
import { namePlaceholders } from './placeholder';
import { ENTITY, type FieldCodecSpec, type FieldSpec } from './spec';
import type { OwnValue } from './types';

/** Fields with fewer entities than this say nothing about who has what. */
const LEAST_ENTITIES = 3;
/** Share of a field's entities that must have a value that nobody else has. */
const OWNERS = 0.8;
/** Values of an entity in such a field, on average, at most: more are habits, not identity. */
const MOST_VALUES = 6;
const LEAST_LENGTH = 4;

/** Which values belong to one entity alone. */
export class OwnValues {
  private readonly byEntity = new Map<number, Map<string, Map<number, string>>>();

  constructor(private readonly spec: FieldCodecSpec) {
    for (const type of spec.types) for (const field of type.fields) this.add(field);
  }

  of(entity: number): OwnValue[] {
    return [...(this.byEntity.get(entity) ?? [])].map(([value, others]) => ({
      value,
      others: [...others].filter(([id]) => id !== entity).map(([id, other]) => ({ entity: this.spec.entities[id], value: other })),
    }));
  }

  private add(field: FieldSpec): void {
    const classesOf = classesByEntity(field);
    if (classesOf.size < LEAST_ENTITIES) return;
    const owners = new Map<number, number>();
    for (const classes of classesOf.values()) for (const c of classes) owners.set(c, (owners.get(c) ?? 0) + 1);
    const texts = field.vocabulary.map(loadLeaf);
    const isOwn = (c: number): boolean => {
      const text = texts[c - 1];
      // What holds the entity's name is written with whatever name it has.
      return owners.get(c) === 1 && typeof text === 'string' && text.length >= LEAST_LENGTH && namePlaceholders(text, []) === text;
    };
    const own = new Map([...classesOf].map(([entity, classes]) => [entity, classes.filter(isOwn)] as const).filter(([, classes]) => classes.length > 0));
    const values = [...own.values()].reduce((sum, classes) => sum + classes.length, 0);
    if (own.size < OWNERS * classesOf.size || values > MOST_VALUES * own.size) return;
    const first = new Map([...own].map(([entity, classes]) => [entity, texts[classes[0] - 1] as string]));
    for (const [entity, classes] of own) {
      let known = this.byEntity.get(entity);
      if (!known) this.byEntity.set(entity, (known = new Map()));
      for (const c of classes) if (!known.has(texts[c - 1] as string)) known.set(texts[c - 1] as string, first);
    }
  }
}

/** Classes that a field has with each entity, as far as the codec knows. */
function classesByEntity(field: FieldSpec): Map<number, number[]> {
  const known = (c: number): boolean => c > 0 && c <= field.vocabulary.length;
  if (field.support) {
    const { entities, classes } = field.support;
    return new Map(entities.map((entity, i) => [entity, classes[i].filter(known)] as const).filter(([, list]) => list.length > 0));
  }
  const found = new Map<number, number[]>();
  field.owners?.forEach((entity, c) => {
    if (entity > 0 && known(c)) found.set(entity, [...(found.get(entity) ?? []), c]);
  });
  for (const rule of field.chain) {
    if (rule.rule !== 'table' || rule.a !== ENTITY) continue;
    for (let i = 0; i < rule.table.length; i += 2) if (known(rule.table[i + 1])) found.set(rule.table[i], [rule.table[i + 1]]);
  }
  return found;
}
