import * as path from 'node:path';
import { z } from 'zod';
import { DEFAULT_PUBLIC_DOMAINS } from '../common/pseudonyms';

const MEBIBYTE = 1024 * 1024;
/** Folder that holds `server/` and, where the model node came along, `models/`. */
const PLUGIN_FOLDER = path.resolve(__dirname, '..');

const nodeSchema = z
  .strictObject({
    /** Where a model node runs already. Absent: the plugin starts its own. */
    url: z.url({ protocol: /^https?$/, error: 'expected the model node\'s address, such as "https://models.example.com:7860"' }).optional(),
    token: z.string().min(1).optional(),
    /** File that holds the bearer token: keeps it out of kibana.yml. Read anew on every start. */
    tokenFile: z.string().min(1).optional(),
    /** PEM file of the authority that signed the node's certificate, when it is not a public one. */
    caFile: z.string().min(1).optional(),
    requestTimeoutMs: z.number().int().min(1_000).max(3_600_000).default(60_000),
    embedded: z
      .strictObject({
        enabled: z.boolean().default(true),
        /** Folder of the model node's own code, `models/node` of a checkout or of an installed package. */
        path: z.string().min(1).default(path.join(PLUGIN_FOLDER, 'models', 'node')),
        /** Node.js that runs it, 20.11 or newer; default: that of Kibana. */
        executable: z.string().min(1).default(process.execPath),
        /** Where the node keeps datasets and models. */
        dataDir: z.string().min(1).default(path.join(PLUGIN_FOLDER, '.lyrebird', 'node')),
      })
      .prefault({}),
  })
  .superRefine((node, context) => {
    if (node.token && node.tokenFile) {
      context.addIssue({ code: 'custom', path: ['tokenFile'], message: 'give either "token" or "tokenFile", not both' });
    }
    if (!node.url && !node.embedded.enabled) {
      context.addIssue({ code: 'custom', path: ['url'], message: 'needed when "embedded.enabled" is false: without one there is no model node' });
    }
  });

const pseudonymsSchema = z.strictObject({
  /**
   * 32 bytes as 64 hexadecimal digits or base64. Belongs into the Kibana keystore; needed where several Kibana servers share the work.
   * Absent: the key is in `keyFile`, made at the first use.
   */
  key: z.string().min(1).optional(),
  keyFile: z.string().min(1).default(path.join(PLUGIN_FOLDER, '.lyrebird', 'pseudonyms.key')),
  /** Words that get no pseudonym, besides those that name nobody anyway (root, SYSTEM, localhost, ...). */
  keptWords: z.array(z.string().min(1)).max(10_000).default([]),
  /** Domains that get none: those that anybody may have an address in. */
  publicDomains: z.array(z.string().min(1)).max(10_000).default([...DEFAULT_PUBLIC_DOMAINS]),
});

/** The plugin's section of `kibana.yml`, under `lyrebird`. */
export const configSchema = z.strictObject({
  node: nodeSchema.prefault({}),
  pseudonyms: pseudonymsSchema.prefault({}),
  limits: z
    .strictObject({
      /** Events read for one model or one scoring job; what is beyond is counted as skipped. */
      maxEvents: z.number().int().min(1).max(1_000_000_000).default(20_000_000),
      /** Documents asked of Elasticsearch at once. */
      pageSize: z.number().int().min(1).max(10_000).default(1_000),
      /** Slices read side by side for training. */
      slices: z.number().int().min(1).max(64).default(2),
      /** Size of one `_bulk` request, bytes. */
      bulkBytes: z.number().int().min(64 * 1024).max(90 * MEBIBYTE).default(5 * MEBIBYTE),
      /** Events of a dataset part. */
      partEvents: z.number().int().min(1).max(100_000).default(5_000),
      /** Size of a dataset part before compression, bytes. */
      partBytes: z.number().int().min(64 * 1024).max(32 * MEBIBYTE).default(8 * MEBIBYTE),
      /** Events sent to the node's scorer at once. */
      scoreBatch: z.number().int().min(1).max(2_000).default(2_000),
    })
    .prefault({}),
});
export type LyrebirdConfig = z.output<typeof configSchema>;

/**
 * What Kibana reads of a plugin's configuration. Every host calls `validate`; the message names each wrong setting.
 */
export const configDescriptor = {
  schema: {
    validate(value: unknown): LyrebirdConfig {
      const result = configSchema.safeParse(value ?? {});
      if (result.success) return result.data;
      const issues = result.error.issues.map((issue) => `[lyrebird.${issue.path.join('.')}]: ${issue.message}`);
      throw new Error(issues.join('\n'));
    },
  },
  /** Nothing of it is for browsers: addresses and tokens stay on the server. */
  exposeToBrowser: {} as { [Key in keyof LyrebirdConfig]?: boolean },
};
