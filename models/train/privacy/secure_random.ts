import { randomFillSync } from 'node:crypto';

/**
 * Numbers that nobody can foresee. The seed of a training is on its card, and with it noise could be drawn again and taken off: what keeps
 * an example private, which examples a step sees and the noise, comes from the system's own source instead.
 */
export class SecureRandom {
  private readonly buffer = new Uint32Array(1 << 14);
  private next = this.buffer.length;
  private spare: number | undefined;

  private bits(): number {
    if (this.next === this.buffer.length) {
      randomFillSync(this.buffer);
      this.next = 0;
    }
    return this.buffer[this.next++];
  }

  /** In [0, 1). */
  uniform = (): number => this.bits() / 0x1_0000_0000;

  /** Standard normal, by the Box-Muller transform. */
  normal = (): number => {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}
