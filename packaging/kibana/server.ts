import path from 'node:path';
import { schema } from '@kbn/config-schema';
import { config as descriptor, plugin as create, type LyrebirdConfig } from '../../server';
import type { PluginInitializerContext } from '../../server/kibana';

/** The server side as a real Kibana loads it: the one place where its own libraries are used. */

interface KibanaContext extends Omit<PluginInitializerContext<LyrebirdConfig>, 'config'> {
  config: { get(): unknown; legacy: { get(): { path: { data: string } } } };
}

/** Kibana wants a schema of its own library; ours says what is wrong. */
export const config = {
  schema: schema.any({
    defaultValue: {},
    validate: (value) => {
      try {
        descriptor.schema.validate(value);
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
  }),
  exposeToBrowser: descriptor.exposeToBrowser,
};

export function plugin(context: KibanaContext) {
  const { data } = context.config.legacy.get().path;
  const settings = inKibanasData(context.config.get(), path.join(data, 'lyrebird'));
  return create({ ...context, config: { get: () => settings } });
}

/** What is kept lies where Kibana keeps its own (`path.data`), unless it is said otherwise: a plugin's folder goes when the plugin is updated. */
function inKibanasData(value: unknown, folder: string): LyrebirdConfig {
  const given = (value ?? {}) as { node?: { embedded?: object }; pseudonyms?: object };
  return descriptor.schema.validate({
    ...given,
    node: { ...given.node, embedded: { dataDir: path.join(folder, 'node'), ...given.node?.embedded } },
    pseudonyms: { keyFile: path.join(folder, 'pseudonyms.key'), ...given.pseudonyms },
  });
}
