import { z } from 'zod';
import { generateOptionsSchema, idSchema, LyrebirdError, scoreQuerySchema, type GenerateSummary, type LogHit, type RevisedEvent, type ScoreSummary, type Skipped } from '../../../common';
import { addCounts, count, decompress, limitBytes, parseHit, splitLines } from '../../dataset';
import { OmittedCount } from '../../generate';
import type { Scorer } from '../../pipeline';
import { check, ndjsonBody, untilGone, type NodeContext, type RegisterRoutes } from '../context';
import type { ModelLease } from '../model_store';
import { sendNdjson } from '../ndjson_reply';
import { spool } from '../spool';

const idParams = z.object({ id: idSchema });
/** Events scored at once: of each entity's stream in them, what went before is read again. */
const BATCH = 2_000;

export const registerInferenceRoutes: RegisterRoutes = (app, context) => {
  const { models, metrics, stopping, limits, sessions, dataDir } = context;

  // The body may hold events to go on from.
  app.post('/v1/models/:id/generate', { bodyLimit: limits.scoreBytes }, async (request, reply) => {
    const { id } = check(idParams, request.params, 'path');
    const options = check(generateOptionsSchema, request.body, 'body');
    const signal = untilGone(reply, stopping);
    const release = enter(context);
    async function* events() {
      const leases: ModelLease[] = [];
      let generated = 0;
      const omitted = new OmittedCount();
      try {
        for (const wanted of options.cascade === undefined ? [id] : [id, options.cascade]) leases.push(await models.acquire(wanted));
        const [model, first] = leases.map((lease) => lease.model);
        const control = { signal, onOmitted: omitted.onOmitted };
        for await (const { json, ...event } of first ? model.completeLines(first, options, control) : model.generateLines(options, control)) {
          generated += 1;
          // The document is JSON text already: it becomes the last member.
          yield `${JSON.stringify(event).slice(0, -1)},"_source":${json}}`;
        }
        yield JSON.stringify({ done: true, generated, ...omitted.summary(first !== undefined) } satisfies GenerateSummary);
      } finally {
        for (const lease of leases) lease.release();
        release();
        metrics.count('generated', generated);
      }
    }
    return sendNdjson(reply, events(), (error) => request.log.warn({ err: error }, 'generation ended early'), (line) => line);
  });

  app.post('/v1/models/:id/score', async (request, reply) => {
    const { id } = check(idParams, request.params, 'path');
    const query = check(scoreQuerySchema, request.query, 'query');
    models.get(id);
    const { stream, gzip } = ndjsonBody(request);
    const release = enter(context);
    // The whole request is taken before the answer begins: a client that sends first and reads later must not block.
    const body = await spool(dataDir, limitBytes(decompress(stream, gzip), limits.scoreBytes, 'The body')).catch((error: unknown) => {
      release();
      throw error;
    });
    const signal = untilGone(reply, stopping);
    async function* events() {
      const queue = handOver<unknown>(signal);
      const work = sessions.use(id, query.session, query.top_fields, (scorer) => scoreAll(scorer, body.read(), queue.put, signal));
      work.then(queue.end, queue.fail);
      try {
        yield* queue.values();
        const { scored, skipped } = await work;
        metrics.count('scored', scored, skipped);
        yield { done: true, scored, skipped } satisfies ScoreSummary;
      } finally {
        queue.stop();
        await work.catch(() => undefined);
        release();
        await body.remove();
      }
    }
    return sendNdjson(reply, events(), (error) => request.log.warn({ err: error }, 'scoring ended early'));
  });
};

async function scoreAll(scorer: Scorer, bytes: AsyncIterable<Buffer>, put: (value: unknown) => Promise<void>, signal: AbortSignal) {
  const skipped: Skipped = {};
  let scored = 0;
  let position = 0;
  let hits: LogHit[] = [];
  let positions: number[] = [];
  const flush = async () => {
    signal.throwIfAborted();
    const result = await scorer.score(hits);
    addCounts(skipped, result.skipped);
    scored += result.events.length;
    for (const event of result.events) await put({ ...event, seq: positions[event.seq] });
    for (const { event, previous } of result.revised) {
      const { seq: _, ...revised } = event;
      await put({ revised: { ...revised, previous_score: previous } satisfies RevisedEvent });
    }
    hits = [];
    positions = [];
  };
  for await (const batch of splitLines(bytes)) {
    for (const line of batch) {
      const parsed = parseHit(line);
      if ('reason' in parsed) count(skipped, parsed.reason);
      else {
        hits.push(parsed.hit);
        positions.push(position);
      }
      position += 1;
      if (hits.length === BATCH) await flush();
    }
  }
  if (hits.length > 0) await flush();
  return { scored, skipped };
}

function enter(context: NodeContext): () => void {
  if (context.inferences.active >= context.limits.inferences) {
    throw new LyrebirdError('LYREBIRD_TOO_BUSY', `${context.inferences.active} generate and score requests are at work.`, 'Try again in a moment.');
  }
  context.inferences.active += 1;
  let left = false;
  return () => {
    if (!left) context.inferences.active -= 1;
    left = true;
  };
}

/** Hands values from a producer to a generator one at a time: `put` resolves when the value was taken. */
function handOver<T>(signal: AbortSignal) {
  type Slot = { value: T; taken: () => void; refused: (error: unknown) => void };
  const slots: Slot[] = [];
  let wake: () => void = () => undefined;
  let ended: { error?: unknown } | undefined;
  let stopped = false;
  const gone = () => new LyrebirdError('LYREBIRD_CANCELLED', 'The reader of the answer has gone.');
  const stop = () => {
    stopped = true;
    for (const slot of slots.splice(0)) slot.refused(gone());
    wake();
  };
  signal.addEventListener('abort', stop, { once: true });
  return {
    put: (value: T) =>
      new Promise<void>((taken, refused) => {
        if (stopped) return refused(gone());
        slots.push({ value, taken, refused });
        wake();
      }),
    end: () => {
      ended ??= {};
      wake();
    },
    fail: (error: unknown) => {
      ended ??= { error };
      wake();
    },
    stop,
    async *values(): AsyncGenerator<T> {
      for (;;) {
        const slot = slots.shift();
        if (slot !== undefined) {
          slot.taken();
          yield slot.value;
        } else if (ended !== undefined) {
          if (ended.error !== undefined) throw ended.error;
          return;
        } else if (stopped) {
          return;
        } else {
          await new Promise<void>((resolve) => (wake = resolve));
        }
      }
    },
  };
}
