import { flakyProxy, type FlakyProxy } from './flaky_proxy';

export interface PoisonProxy extends FlakyProxy {
  /** By the id of an event that a request holds: how it ends instead of reaching the node. */
  poison: Map<string, 'error' | 'death'>;
}

/** A real HTTP server in front of a model node, which fails, or dies, where a request holds certain events. */
export async function poisonProxy(target: string): Promise<PoisonProxy> {
  const poison: PoisonProxy['poison'] = new Map();
  return Object.assign(await flakyProxy(target), {
    poison,
    fault: (_request: unknown, text: () => string) => {
      if (poison.size === 0) return undefined;
      const sent = text();
      const [, how] = [...poison].find(([id]) => sent.includes(`"_id":"${id}"`)) ?? [];
      if (how === 'death') return 'cut' as const;
      return how && { status: 500, body: { statusCode: 500, code: 'LYREBIRD_INTERNAL', message: 'Maximum call stack size exceeded' } };
    },
  });
}
