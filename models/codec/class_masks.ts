import type { FieldSpec } from './spec';

/** Share of an attack's examples with the entity's own values: from the one on, they all count as such; up to the other, none does. */
const MOSTLY_OWN = 0.98;
const HARDLY_OWN = 0.1;

/** Which classes of a field may be drawn for whom, and beside what; 1 for each that may. Classes beyond V + 1 are not asked about. */
export class ClassMasks {
  private readonly support?: Map<number, Uint8Array>;
  private readonly attackSupport = new Map<number, { classes: Uint8Array; own: number }>();
  private readonly ownMasks = new Map<number, Uint8Array>();
  private readonly companyMasks: Array<Map<number, Uint8Array> | undefined> = [];
  private normalClasses?: Uint8Array;

  /** @param known number of values in the vocabulary, V */
  constructor(
    private readonly spec: FieldSpec,
    private readonly known: number
  ) {
    if (spec.support) {
      this.support = new Map();
      spec.support.entities.forEach((entity, i) => {
        const mask = new Uint8Array(this.known + 2);
        for (const c of spec.support!.classes[i]) if (c <= this.richClass) mask[c] = 1;
        this.support!.set(entity, mask);
      });
      spec.support.techniques?.forEach(({ technique, classes, own }) => {
        const mask = new Uint8Array(this.known + 2);
        for (const c of classes) if (c <= this.richClass) mask[c] = 1;
        if (spec.open && own < MOSTLY_OWN) mask[this.richClass] = 1;
        this.attackSupport.set(technique, { classes: mask, own });
      });
    }
  }

  private get richClass(): number {
    return this.known + 1;
  }

  /**
   * Classes that were seen with an entity, if the field's values belong to entities. Of an attack: the entity's own where the examples
   * kept to them, those of the examples where they never did.
   */
  supportOf(entity: number, technique = 0): Uint8Array | undefined {
    const own = this.support?.get(entity) ?? this.notOthers(entity);
    const attack = technique === 0 ? undefined : this.attackSupport.get(technique);
    if (!attack || attack.own >= MOSTLY_OWN) return own;
    return own && attack.own > HARDLY_OWN ? own.map((bit, c) => bit | attack.classes[c]) : attack.classes;
  }

  /** Classes that a technique's examples have; undefined when there are none. */
  seenInAttack(technique: number): Uint8Array | undefined {
    const found = technique === 0 ? undefined : this.spec.attacks?.find((attack) => attack.technique === technique);
    if (!found) return undefined;
    const mask = new Uint8Array(this.known + 2);
    for (const c of found.classes) mask[c] = 1;
    return mask;
  }

  /** Classes that normal events may have; undefined when that is all. */
  get normal(): Uint8Array | undefined {
    if (this.spec.normal === undefined) return undefined;
    this.normalClasses ??= Uint8Array.from({ length: this.known + 2 }, (_, c) => (c <= this.spec.normal! || c > this.known ? 1 : 0));
    return this.normalClasses;
  }

  /** Classes that were seen with a class of an earlier field; undefined when that says nothing. */
  seenWith(companion: number, c: number): Uint8Array | undefined {
    const { seen } = this.spec.company![companion];
    let masks = this.companyMasks[companion];
    if (!masks) {
      this.companyMasks[companion] = masks = new Map(
        seen.map(([with_, classes]) => {
          const mask = new Uint8Array(this.known + 2);
          for (const own of classes) mask[own] = 1;
          mask[this.richClass] = 1;
          return [with_, mask];
        })
      );
    }
    return masks.get(c);
  }

  /** All classes but those that are somebody else's alone. */
  private notOthers(entity: number): Uint8Array | undefined {
    const { owners } = this.spec;
    if (!owners || entity === 0) return undefined;
    let mask = this.ownMasks.get(entity);
    if (!mask) {
      mask = new Uint8Array(this.known + 2).fill(1);
      for (let c = 1; c <= this.known; c++) if (owners[c] > 0 && owners[c] !== entity) mask[c] = 0;
      this.ownMasks.set(entity, mask);
    }
    return mask;
  }
}
