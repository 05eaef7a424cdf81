/** Private-use characters that stand for the entity's name, as it is and in capitals. */
const NAME = '\uE000';
const CAPITALS = '\uE001';
const EITHER = /[\uE000\uE001]/;
/** Shorter names would be found inside of unrelated words. */
const MIN_NAME = 3;

/** Replaces the entity's own name in a string; undefined when the string could not be restored. */
export function hideName(text: string, entity: string): string | undefined {
  if (EITHER.test(text)) return undefined;
  if (entity.length < MIN_NAME) return text;
  const capitals = entity.toUpperCase();
  let out = text.includes(entity) ? text.split(entity).join(NAME) : text;
  if (capitals !== entity && out.includes(capitals)) out = out.split(capitals).join(CAPITALS);
  return out;
}

export function showName(text: string, entity: string): string {
  if (!EITHER.test(text)) return text;
  return text.split(NAME).join(entity).split(CAPITALS).join(entity.toUpperCase());
}
