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
