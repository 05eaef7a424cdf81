import { mkdir, readdir, readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Logger } from 'pino';
import { idSchema, jobSchema, type Job } from '../../common';
import { writeFileAtomic } from '../dataset';

/** Jobs in memory, each kept in `<folder>/<id>.json`. */
export class JobStore {
  private readonly jobs = new Map<string, Job>();
  /** Writes of one job take turns, and only the newest waiting state is written. */
  private readonly writing = new Map<string, Promise<void>>();
  private readonly dirty = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly logger: Logger
  ) {}

  async load(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const name of await readdir(this.folder)) {
      if (!name.endsWith('.json') || !idSchema.safeParse(name.slice(0, -5)).success) continue;
      try {
        const job = jobSchema.parse(JSON.parse(await readFile(path.join(this.folder, name), 'utf8')));
        this.jobs.set(job.id, job);
      } catch (error) {
        this.logger.error({ file: name, err: error }, 'job file is damaged and left out');
      }
    }
  }

  get(id: string): Job | undefined {
    return this.jobs.get(id);
  }

  /** Newest first. */
  list(): Job[] {
    return [...this.jobs.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
  }

  /** Replaces the state in memory at once; resolves when this or a newer state is on the disk. */
  put(job: Job): Promise<void> {
    this.jobs.set(job.id, job);
    this.dirty.add(job.id);
    const turn = (this.writing.get(job.id) ?? Promise.resolve())
      .catch(() => undefined)
      .then(async () => {
        if (!this.dirty.delete(job.id)) return;
        await writeFileAtomic(path.join(this.folder, `${job.id}.json`), JSON.stringify(this.jobs.get(job.id)));
      });
    this.writing.set(job.id, turn);
    return turn;
  }

  /** Replaces the state in memory only; the next `put` writes it. */
  async hold(job: Job): Promise<void> {
    this.jobs.set(job.id, job);
  }

  /** Drops a job whose first state could not be written. */
  forget(id: string): void {
    this.jobs.delete(id);
    this.dirty.delete(id);
    this.writing.delete(id);
  }

  async flush(): Promise<void> {
    await Promise.allSettled(this.writing.values());
  }
}
