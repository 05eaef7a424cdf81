const SURROGATE = /\p{Surrogate}/u;

/** UTF-8, with lone surrogates as three bytes of their own (WTF-8), so that every JavaScript string comes back. */
export function toBytes(text: string): Uint8Array {
  if (!SURROGATE.test(text)) return Buffer.from(text, 'utf8');
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(...Buffer.from(character, 'utf8'));
  }
  return Uint8Array.from(bytes);
}

/** The reverse. Bytes that are no text (only generation makes them) become U+FFFD. */
export function fromBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  let from = 0;
  for (let at = buffer.indexOf(0xed); at >= 0; at = buffer.indexOf(0xed, at + 1)) {
    const second = buffer[at + 1] ?? 0;
    const third = buffer[at + 2] ?? 0;
    if (second >= 0xa0 && second <= 0xbf && third >= 0x80 && third <= 0xbf) {
      text += buffer.toString('utf8', from, at) + String.fromCharCode(0xd000 | ((second & 63) << 6) | (third & 63));
      from = at + 3;
    }
  }
  return text + buffer.toString('utf8', from);
}
