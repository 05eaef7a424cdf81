import { z } from 'zod';

const metadataSchema = z.object({ version: z.string(), config: z.record(z.string(), z.unknown()), capabilities: z.record(z.string(), z.record(z.string(), z.boolean())) });
export type Metadata = z.infer<typeof metadataSchema>;

/** What the server put into the page. */
export function readMetadata(): Metadata {
  const element = document.querySelector('lyrebird-metadata');
  return metadataSchema.parse(JSON.parse(element?.getAttribute('data') ?? 'null'));
}
