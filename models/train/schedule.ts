/** Share of the budget at which the learning rate begins to fall, and by which warm-up has ended at the latest. */
const DECAY_FROM = 0.4;
const WARMUP_UNTIL = 0.1;

/**
 * Warm-up, plateau, linear decay to zero (a trapezoid: Hu et al., "MiniCPM", 2024). `progress` is the share of the budget that is
 * used, 0-1, so the rate ends near zero whenever the time runs out, however many steps that allows.
 */
export function learningRate(peak: number, warmupSteps: number, step: number, progress: number): number {
  const warm = Math.min(1, Math.max((step + 1) / Math.max(1, warmupSteps), progress / WARMUP_UNTIL));
  const decay = Math.min(1, Math.max(0, (1 - progress) / (1 - DECAY_FROM)));
  return peak * warm * decay;
}
