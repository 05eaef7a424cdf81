import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { jobSchema, type Job } from '../../common';

/** Jobs out of a stream of server-sent events; events that carry something else are passed over. */
export async function* readJobEvents(stream: Readable): AsyncGenerator<Job> {
  const decoder = new TextDecoder();
  let jobs: Job[] = [];
  const parser = createParser({
    onEvent({ data }) {
      const job = jobSchema.safeParse(JSON.parse(data));
      if (job.success) jobs.push(job.data);
    },
  });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const ready = jobs;
    jobs = [];
    yield* ready;
  }
}
