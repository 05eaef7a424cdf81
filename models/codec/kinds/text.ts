import type { Leaf } from '../leaf';
import type { Reader, RichKind, Walk, Writer } from '../grammar';
import type { TextShape } from '../text_shape';

export interface TextSpec {
  kind: 'text';
  /** What its texts look like; bounds those that generation makes up. */
  shape?: TextShape;
}

/** Strings in subwords, byte by byte where need be. */
export class TextKind implements RichKind {
  readonly name = 'text';
  readonly size = 1;

  constructor(private readonly shape?: TextShape) {}

  accepts(value: Leaf): boolean {
    return typeof value === 'string';
  }

  first(): number {
    return 0;
  }

  writeRest(value: Leaf, _first: number, field: number, writer: Writer): void {
    writer.putText(field, value as string);
  }

  *readRest(_first: number, field: number, reader: Reader): Walk<Leaf> {
    return yield* reader.readText(field, this.shape);
  }

  describe(): string {
    return '(new text)';
  }
}
