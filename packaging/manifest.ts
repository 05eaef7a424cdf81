import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { z } from 'zod';

/**
 * What Kibana allows in an installed plugin's `kibana.json`; any other key is an error there (`plugin_manifest_parser.ts`).
 */
const manifestSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-zA-Z0-9]*$/, 'camelCase, without dots'),
  version: z.string().min(1),
  owner: z.strictObject({ name: z.string().min(1), githubTeam: z.string().optional() }),
  description: z.string().optional(),
  type: z.enum(['standard', 'preboot']).optional(),
  configPath: z.union([z.string(), z.array(z.string())]).optional(),
  server: z.boolean().default(false),
  ui: z.boolean().default(false),
  requiredPlugins: z.array(z.string()).default([]),
  optionalPlugins: z.array(z.string()).default([]),
  requiredBundles: z.array(z.string()).default([]),
});
export type Manifest = z.output<typeof manifestSchema>;

/** Reads `kibana.jsonc`, with its comments. */
export async function readManifest(root: string): Promise<Manifest> {
  const file = path.join(root, 'kibana.jsonc');
  const errors: ParseError[] = [];
  const value: unknown = parse(await readFile(file, 'utf8'), errors, { allowTrailingComma: true });
  if (errors.length > 0) throw new Error(`${file} is no JSON with comments: ${printParseErrorCode(errors[0].error)} at character ${errors[0].offset}.`);
  const result = manifestSchema.safeParse(value);
  if (!result.success) throw new Error(`${file} is no manifest that Kibana takes:\n${z.prettifyError(result.error)}`);
  return result.data;
}
