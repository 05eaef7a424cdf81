import { readFile } from 'node:fs/promises';
import { LyrebirdError } from '../../common';

/** Where the node listens now, and how to prove who asks. */
export interface NodeEndpoint {
  /** Origin, with or without a path, no trailing slash. */
  url: string;
  token?: string;
  /** PEM of the authority that signed the node's certificate. */
  ca?: string;
}

/** Asked before every request: an embedded node has a new port after each start. */
export interface NodeEndpointSource {
  resolve(): Promise<NodeEndpoint>;
  /** What to show people while `resolve` fails. */
  readonly description: string;
}

async function readSecret(file: string, setting: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new LyrebirdError(
      'LYREBIRD_NODE_UNAVAILABLE',
      `Cannot read "${file}" (lyrebird.node.${setting}): ${(error as Error).message}`,
      'Check that the file exists and that the Kibana user may read it.',
      { cause: error }
    );
  }
}

/** A node that runs elsewhere, as the configuration names it. */
export function remoteEndpoint(config: { url: string; token?: string; tokenFile?: string; caFile?: string }): NodeEndpointSource {
  const url = config.url.replace(/\/+$/, '');
  let resolved: NodeEndpoint | undefined;
  return {
    description: url,
    async resolve() {
      resolved ??= {
        url,
        token: config.tokenFile ? await readSecret(config.tokenFile, 'tokenFile') : config.token,
        ca: config.caFile ? await readSecret(config.caFile, 'caFile') : undefined,
      };
      return resolved;
    },
  };
}
