import type { LogEvent } from '../../common';
import { ShapeFinder } from './shapes';
import type { FieldCodecSpec } from './spec';

/** Tells which grammar an event is written by: that of its log type or, where one log type holds several shapes, of its shape. */
export class TypeIndex {
  /** Log types, each once. */
  readonly names: readonly string[];
  /** Of each log type the grammars of its shapes; -1 where a shape has none. */
  private readonly grammars = new Map<string, number[]>();
  private readonly finders = new Map<string, ShapeFinder>();

  constructor({ types, shapes }: FieldCodecSpec) {
    for (const { name, ...spec } of shapes) {
      this.grammars.set(name, new Array<number>(spec.shapes.length).fill(-1));
      this.finders.set(name, new ShapeFinder(spec));
    }
    types.forEach(({ name, shape }, index) => {
      const own = this.grammars.get(name);
      if (own) own[shape] = index;
      else this.grammars.set(name, [index]);
    });
    this.names = [...new Set(types.map(({ name }) => name))];
  }

  /** Index of the grammar; undefined when there is none. */
  find(logType: string, event: LogEvent): number | undefined {
    const own = this.grammars.get(logType);
    const index = own?.[this.finders.get(logType)?.find(event) ?? 0];
    return index === undefined || index < 0 ? undefined : index;
  }
}
