import type { Value } from './graph';
import type { Ops } from './ops';

/**
 * Reverse-mode differentiation: each forward operation records a closure that emits its backward nodes, and `backward`
 * runs them from last to first. Nothing is computed here, the closures write the graph that will.
 */
export class Tape {
  private readonly closures: Array<() => void> = [];
  private readonly gradients = new Map<Value, Value>();
  private readonly constants = new Set<Value>();

  constructor(private readonly ops: Ops) {}

  record(backward: () => void): void {
    this.closures.push(backward);
  }

  /** Marks a value that is not trained. Operations ask `wants` before they emit what only its gradient would need. */
  constant(value: Value): Value {
    this.constants.add(value);
    return value;
  }

  wants(value: Value): boolean {
    return !this.constants.has(value);
  }

  /** Adds to the gradient of the loss with respect to `value`. */
  accumulate(value: Value, gradient: Value): void {
    this.update(value, (current) => (current === undefined ? gradient : this.ops.add(current, gradient)));
  }

  /** Like `accumulate`, for operators that add onto what is there themselves. */
  update(value: Value, add: (current: Value | undefined) => Value): void {
    this.gradients.set(value, add(this.gradients.get(value)));
  }

  /** The gradient so far; complete once everything that reads `value` has run its backward closure. */
  gradient(value: Value): Value {
    const gradient = this.gradients.get(value);
    if (gradient === undefined) throw new Error(`No gradient reached ${value}: nothing that leads to the loss reads it.`);
    return gradient;
  }

  backward(): void {
    for (let i = this.closures.length - 1; i >= 0; i--) this.closures[i]();
    this.closures.length = 0;
  }
}
