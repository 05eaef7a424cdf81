import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** The plugin jobs that a start with the same parameters began: completed ones are not repeated, others resumed. */
const stateSchema = z.record(z.string(), z.object({ train: z.string().optional(), generate: z.string().optional(), score: z.string().optional() }));
export type JobIds = z.infer<typeof stateSchema>[string];

export const keyOf = (parameters: unknown) => createHash('sha256').update(JSON.stringify(parameters)).digest('hex').slice(0, 16);

/** `start.json`: the jobs by the parameters that they were started with. A damaged file counts as none. */
export class StartState {
  private readonly file: string;
  constructor(private readonly folder: string) {
    this.file = path.join(folder, 'start.json');
  }

  async jobs(key: string): Promise<JobIds> {
    return (await this.read())[key] ?? {};
  }

  async remember(key: string, jobs: JobIds): Promise<void> {
    const all = { ...(await this.read()), [key]: jobs };
    await mkdir(this.folder, { recursive: true });
    // Whole or not at all: a kill in between leaves the earlier file.
    await writeFile(`${this.file}.new`, JSON.stringify(all, null, 2));
    await rename(`${this.file}.new`, this.file);
  }

  private async read(): Promise<z.infer<typeof stateSchema>> {
    try {
      return stateSchema.parse(JSON.parse(await readFile(this.file, 'utf8')));
    } catch {
      return {};
    }
  }
}
