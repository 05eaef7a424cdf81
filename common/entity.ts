import { RE2JS } from 're2js';

/**
 * One name for one entity across log types: `jdoe@example.com`, `EXAMPLE\jdoe`, `arn:aws:iam::1:user/jdoe` and `JDoe`
 * are all `jdoe`. With `normalise` false the value is only trimmed.
 */
export function entityName(value: string, normalise: boolean): string {
  let name = value.trim();
  if (!normalise) return name;
  if (name.startsWith('arn:')) name = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf(':')) + 1);
  const domain = name.lastIndexOf('\\');
  if (domain !== -1 && domain < name.length - 1) name = name.slice(domain + 1);
  const at = name.indexOf('@');
  if (at > 0) name = name.slice(0, at);
  return lowerCase(name);
}

/** Lower case without changing the length (İ would become two characters). */
export function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from({ length: text.length }, (_, i) => (text[i].toLowerCase().length === 1 ? text[i].toLowerCase() : text[i])).join('');
}

/**
 * A person's pattern, compiled to run in linear time (RE2: neither look-around nor back references), as one that backtracks could stop the
 * server or the node for good. Throws an Error that says what is wrong with it.
 */
export const entityPattern = (pattern: string): RE2JS => RE2JS.compile(pattern);

const patterns = new Map<string, RE2JS>();

/** How the value of an entity field names the entity. */
export interface EntityNaming {
  normalise: boolean;
  /** Regular expression of RE2: the name is what it finds in the value, its first group if it has one, as it stands there. */
  pattern?: string;
}

/** The entity that a field's value names; undefined where the pattern finds none in it. */
export function entityIn(value: string, { normalise, pattern }: EntityNaming): string | undefined {
  if (pattern === undefined) return entityName(value, normalise);
  let regex = patterns.get(pattern);
  if (regex === undefined) patterns.set(pattern, (regex = entityPattern(pattern)));
  const matcher = regex.matcher(value);
  if (!matcher.find()) return undefined;
  // As it stands there, so that it is known again in other texts.
  const found = (matcher.groupCount() > 0 ? matcher.group(1) : null) ?? matcher.group();
  return found?.trim() || undefined;
}
