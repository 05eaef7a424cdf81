import type { CoreSetup, CoreStart, PluginInitializerContext, PluginsSetup } from '../../server/kibana';

/** What Kibana calls on a plugin's server side, in this order. */
export interface ServerPlugin {
  setup(core: CoreSetup, plugins: PluginsSetup): unknown;
  start(core: CoreStart, plugins: object): unknown;
  stop?(): unknown;
}

/** What a plugin's `server/index.ts` exports. */
export interface ServerPluginModule<Config> {
  config: {
    /** Throws on a configuration that does not fit; returns it with its defaults. */
    schema: { validate(value: unknown): Config };
    /** Top-level keys that the browser side may read. */
    exposeToBrowser?: { [Key in keyof Config]?: boolean };
  };
  plugin(context: PluginInitializerContext<Config>): ServerPlugin | Promise<ServerPlugin>;
}

/** The part of a validated configuration that goes to the browser. */
export function browserConfig<Config extends object>(config: Config, module: ServerPluginModule<Config>): Partial<Config> {
  const exposed = module.config.exposeToBrowser;
  return Object.fromEntries(Object.entries(config).filter(([key]) => exposed?.[key as keyof Config])) as Partial<Config>;
}
