/** Text that is safe as content and in attributes: whatever stands in a log must not become a part of the page. */
export function escape(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export const percent = (share: number, digits = 1) => `${(100 * share).toFixed(digits)} %`;

/** Three significant figures, without a tail of zeros. */
export function short(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(1);
  if (size >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

export const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
/** The end of a path says most. */
export const cutPath = (path: string, length: number) => (path.length > length ? `…${path.slice(path.length - length + 1)}` : path);

export const seconds = (value: number): string => {
  const size = Math.abs(value);
  if (size < 1) return `${short(value)} s`;
  if (size < 90) return `${Math.round(value)} s`;
  if (size < 5400) return `${Math.round(value / 60)} min`;
  if (size < 129_600) return `${Math.round(value / 3600)} h`;
  return `${Math.round(value / 86_400)} d`;
};
